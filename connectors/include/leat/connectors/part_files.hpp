#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <leat/core/connector.hpp>

namespace leat::formats {

/// One subtask's output files under two-phase commit: everything of a file sink but what the bytes mean.
///
/// Names (on disk; E is the extension, numbers padded to 5 and 10 digits so that name order is time order):
///     .part-<writer>.E.inprogress            being written
///     .part-<writer>-<checkpoint>.E.pending  prepared: synced, and its name synced, but not committed
///     part-<writer>-<checkpoint>.E           committed; nothing else is called *.E or part-*
///     .part-<writer>-<checkpoint>.E.superseded  was committed after the checkpoint that the job later fell back to
/// The token of a prepared file is its committed name.
///
/// Calls as in sink_writer. Every step may be cut short by a crash: recover puts right what is left.
/// Ownership: borrows the file system.
class part_files {
 public:
  part_files(const connector_context& context, std::string directory, std::string extension);

  /// Makes the directory, commits `prepared`, removes what else the writers of this subtask (index mod parallelism)
  /// left unfinished, and hides their committed files of checkpoints after `from` (logged as a warning).
  /// Errors: corrupt if a prepared file is neither there nor committed, or a token is not one; already_exists if `from`
  /// is empty and the directory holds committed files; io.
  result<void> recover(std::optional<checkpoint_id> from, const std::vector<prepared_output>& prepared);

  /// Adds whole lines to the file in progress, beginning one with `header` if there is none.
  result<void> append(std::string_view header, std::string_view lines);
  result<std::string> prepare(checkpoint_id id);
  result<void> commit(const std::string& token);

  /// Files hidden by recover.
  [[nodiscard]] std::uint64_t superseded() const { return superseded_; }

 private:
  struct part_name;
  [[nodiscard]] std::string path(std::string_view name) const;
  [[nodiscard]] std::string in_progress_name() const;
  result<void> require_no_committed(const std::vector<directory_entry>& entries) const;
  result<void> commit_name(const std::string& name);
  result<void> clean(const std::string& entry, std::optional<checkpoint_id> from);

  file_system* files_;
  std::string uid_;
  std::uint32_t subtask_;
  std::uint32_t parallelism_;
  std::string directory_;
  std::string extension_;
  std::unique_ptr<writable_file> file_;
  std::uint64_t superseded_ = 0;
};

}  // namespace leat::formats
