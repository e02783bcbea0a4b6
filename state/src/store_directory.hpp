#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <leat/core/file_system.hpp>
#include <leat/core/ids.hpp>
#include <leat/core/result.hpp>
#include <leat/state/checkpoint_manifest.hpp>
#include <leat/state/checkpoint_store.hpp>

#include "checkpoint_json.hpp"

namespace leat {

/// What stands in the directory of the checkpoints.
struct directory_survey {
  std::map<checkpoint_id, result<checkpoint_manifest>> manifests;  ///< or why one is unreadable
  std::map<checkpoint_id, std::uint64_t> tables;                   ///< their sizes in bytes
  std::vector<checkpoint_id> unfinished;                           ///< manifests that were never published

  /// The highest number that any file bears; 0 if there is none.
  [[nodiscard]] checkpoint_id highest() const;
  /// Tables that no manifest can refer to: no readable one does, and every unreadable one is older.
  [[nodiscard]] std::vector<checkpoint_id> unreferenced_tables() const;
  /// Whether all tables of a manifest are there with the right length.
  [[nodiscard]] bool complete(const checkpoint_manifest& m) const;
};

/// The files of one state directory: whose it is, which numbers are used up, what is whole and what
/// is left over.
///
/// Invariant: every number handed out is at most one above what survives in a file's name or in the
///            identity file; so a later process, which starts two above, uses no number twice.
class store_directory {
 public:
  /// Errors: those of open_checkpoint_store.
  static result<std::unique_ptr<store_directory>> open(file_system& files, const checkpoint_store_options& options);

  [[nodiscard]] file_system& files() const { return *files_; }
  [[nodiscard]] const std::string& application() const { return identity_.application; }
  [[nodiscard]] const std::string& checkpoints() const { return checkpoints_; }
  [[nodiscard]] bool ever_completed() const { return identity_.completed; }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// Errors: io if the directory cannot be listed or a manifest cannot even be opened.
  [[nodiscard]] result<directory_survey> survey() const;

  /// A number that was never handed out before.
  result<checkpoint_id> take_number();

  /// Writes a manifest under its unfinished name and syncs it.
  result<void> stage(const checkpoint_manifest& manifest);
  /// Gives a staged manifest its name, durably.
  result<void> publish(checkpoint_id id);
  /// Makes a checkpoint whose publishing failed disappear, durably.
  result<void> retract(checkpoint_id id);
  /// Makes it durable that every number above `restored` which was used so far is never to be restored: what follows
  /// `restored` is computed anew, and the sinks take back what newer checkpoints had committed. Writes only if there
  /// may be such a checkpoint.
  result<void> pass_over_after(checkpoint_id restored);
  [[nodiscard]] bool is_passed_over(checkpoint_id id) const;

  /// Notes that the checkpoint is complete.
  result<void> note_completed(checkpoint_id id);

  /// Removes a file of the checkpoints; success if it is not there.
  result<void> remove(const std::string& name);

 private:
  explicit store_directory(file_system& files) : files_(&files) {}

  result<void> make_directories();
  result<void> identify(const std::string& application);
  result<void> identify_by_manifests(const std::string& application, const error& why);
  void clean();
  result<void> write_identity();
  result<void> write_and_sync(const std::string& path, std::string_view bytes);
  [[nodiscard]] result<checkpoint_manifest> read_manifest(checkpoint_id id) const;
  [[nodiscard]] std::string identity_path() const;

  file_system* files_;
  std::string root_;
  std::string checkpoints_;
  store_access access_ = store_access::read_write;
  std::unique_ptr<directory_lock> lock_;
  directory_identity identity_;
  bool identity_stale_ = false;  ///< identity_ is ahead of its file
  checkpoint_id durable_;        ///< the highest number that survives in a file
  checkpoint_id next_{1};
  std::vector<std::string> warnings_;
};

}  // namespace leat
