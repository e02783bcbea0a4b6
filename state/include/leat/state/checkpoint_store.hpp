#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <leat/core/file_system.hpp>
#include <leat/core/ids.hpp>
#include <leat/core/result.hpp>
#include <leat/core/snapshot.hpp>
#include <leat/core/time.hpp>
#include <leat/state/checkpoint_manifest.hpp>

namespace leat {

/// What the caller says about a checkpoint when it begins.
struct checkpoint_info {
  snapshot_kind kind = snapshot_kind::full;
  leat::epoch epoch;
  processing_time created;
  std::uint32_t max_parallelism = 128;
};

/// What a completed checkpoint came to.
struct checkpoint_summary {
  checkpoint_id id;
  std::uint64_t bytes_new = 0;    ///< of the table this checkpoint wrote
  std::uint64_t bytes_total = 0;  ///< of all tables it consists of
  std::size_t tables = 0;
  std::string path;                   ///< of the manifest
  std::vector<std::string> warnings;  ///< what failed without harm to it: old files that stayed
};

/// Takes the chunks of one checkpoint.
///
/// Call order: add*, then commit or abandon. Destroying it before either abandons it.
/// Ownership:  the store outlives it.
/// Threading:  the store's thread.
class checkpoint_writer {
 public:
  virtual ~checkpoint_writer() = default;

  [[nodiscard]] virtual checkpoint_id id() const = 0;

  /// Errors: no_space, io; then this checkpoint cannot be committed any more.
  virtual result<void> add(const snapshot_chunk& chunk) = 0;

  /// Makes the checkpoint durable and drops those it replaces. `operators` are all that take part,
  /// with chunks or without; the uids of chunks are among theirs.
  /// Cost:   three syncs; five when it is the first one of the directory.
  /// Errors: no_space, io; invalid_argument if a chunk belongs to none of the operators or a name
  ///         is not UTF-8. Then the checkpoint is gone: neither this process nor a later one is
  ///         offered it, and those before it stand. One exception: if the disk refuses even to take
  ///         the manifest back, this store refuses all work until that succeeds, and a process that
  ///         starts meanwhile finds the checkpoint complete.
  virtual result<checkpoint_summary> commit(std::vector<stored_operator> operators, bool finished) = 0;

  /// Ends the attempt and removes what it wrote. What cannot be removed now is cleaned up later. Does nothing after
  /// commit, which has done the same if it failed.
  virtual void abandon() = 0;
};

/// A checkpoint that was found but is not whole.
struct skipped_checkpoint {
  checkpoint_id id;
  std::string reason;  ///< names the file
};

/// An intact checkpoint, ready to be read.
///
/// Ownership: borrows the file system. Valid until the store's next commit.
/// Threading: the store's thread.
class loaded_checkpoint {
 public:
  using chunk_function = std::function<result<void>(const snapshot_chunk& chunk, const operator_schema& written_as)>;

  virtual ~loaded_checkpoint() = default;

  [[nodiscard]] virtual const checkpoint_manifest& manifest() const = 0;

  /// Newer checkpoints that were passed over because they are damaged. Tell the user: work is
  /// repeated, and a sink may have committed what they cover.
  [[nodiscard]] virtual const std::vector<skipped_checkpoint>& skipped() const = 0;

  /// Hands over every chunk in the order of writing, with the schema it was written with. That is
  /// an older one than the manifest's if the application changed between two checkpoints of a
  /// chain. Keyed chunks come from the whole chain; what later ones say replaces what earlier ones
  /// say. Operator state comes from this checkpoint alone, since every checkpoint writes all of it.
  /// An operator that one checkpoint of the chain does not list has lost what was written before.
  /// Errors: those of `take`, which end the reading; corrupt, io if a file changed since it was
  ///         verified.
  virtual result<void> for_each_chunk(const chunk_function& take) = 0;
};

/// One checkpoint as list() finds it.
struct listed_checkpoint {
  checkpoint_id id;
  std::optional<checkpoint_manifest> manifest;  ///< empty if unreadable
  std::optional<error> fault;                   ///< why it cannot be used; empty if it is intact
};

/// Whether a store changes anything.
enum class store_access {
  read_write,  ///< for the job: takes the directory for this process
  read_only,   ///< for tools, while a job runs or not: no lock, no file made, changed or removed
};

/// How to open a store.
struct checkpoint_store_options {
  std::string directory;     ///< the state directory; made if it does not exist
  std::string application;   ///< whose state it is; may stay empty with read_only
  std::size_t retained = 3;  ///< completed checkpoints to keep, at least 1
  store_access access = store_access::read_write;
};

/// Keeps the checkpoints of one application in DIRECTORY/checkpoints: table files of chunks, and a
/// manifest for each checkpoint, without which a table means nothing.
/// Why it is made so: docs/decisions/0002-checkpoint-store.md.
///
/// Call order: load_latest or load first if there is something to restore; then begin and commit,
///             again and again, with no more than one writer at a time.
/// Threading:  one thread; every call may wait for the disk.
/// Ownership:  borrows the file system; holds the directory's lock until destroyed.
class checkpoint_store {
 public:
  virtual ~checkpoint_store() = default;

  [[nodiscard]] virtual const std::string& application() const = 0;
  /// What the opening had to put right, for the log; usually empty.
  [[nodiscard]] virtual const std::vector<std::string>& warnings() const = 0;

  /// Starts the next checkpoint; from here on its number is used up, whatever comes of it. One of
  /// kind `changes` builds on the checkpoint that this store committed or loaded last.
  /// Requires: read_write; no other writer; kind full if nothing was committed or loaded, or if the
  ///           last attempt failed and nothing was loaded since.
  /// Errors:   no_space, io; incompatible if changes come with another max parallelism than their
  ///           base.
  virtual result<std::unique_ptr<checkpoint_writer>> begin(const checkpoint_info& info) = 0;

  /// Whether the next checkpoint has to be full or had better be: there is nothing to build on, the
  /// last attempt came to nothing (what it took from the operators is lost), the changes since the
  /// last full one outweigh it twice, or they are spread over too many tables.
  [[nodiscard]] virtual bool needs_full() const = 0;
  /// Bytes of the last full checkpoint, and of the changes since, as far as the next checkpoint
  /// would build on them.
  [[nodiscard]] virtual std::uint64_t full_bytes() const = 0;
  [[nodiscard]] virtual std::uint64_t chain_bytes() const = 0;

  /// All checkpoints found, oldest first, every table verified.
  /// Cost: reads all files completely.
  virtual result<std::vector<listed_checkpoint>> list() = 0;

  /// The newest intact checkpoint; null if none was ever completed here.
  /// Requires: no writer.
  /// Errors:   corrupt if checkpoints were completed but none is intact, with each one's reason;
  ///           incompatible if the newest was written by a newer version; io if the disk refuses to
  ///           say what is there.
  virtual result<std::unique_ptr<loaded_checkpoint>> load_latest() = 0;

  /// That one checkpoint.
  /// Requires: no writer.
  /// Errors:   not_found, corrupt, incompatible, io.
  virtual result<std::unique_ptr<loaded_checkpoint>> load(checkpoint_id id) = 0;
};

/// Opens or makes a store.
/// Errors: locked, naming the holder; incompatible if the directory belongs to another application,
///         naming it; corrupt if it cannot be told to whom it belongs; invalid_argument; not_found
///         with read_only; no_space, io.
[[nodiscard]] result<std::unique_ptr<checkpoint_store>> open_checkpoint_store(file_system& files,
                                                                              checkpoint_store_options options);

}  // namespace leat
