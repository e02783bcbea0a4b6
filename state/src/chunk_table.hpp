#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <leat/core/file_system.hpp>
#include <leat/core/ids.hpp>
#include <leat/core/result.hpp>
#include <leat/core/snapshot.hpp>
#include <leat/state/checkpoint_manifest.hpp>

#include "checkpoint_json.hpp"

namespace leat {

/// Writes a table file: an SST whose entries are chunks in the order of arrival, and last what is
/// in it.
///
/// Call order: add*, finish. Destroying it without finish leaves a partial file behind.
class chunk_table_writer {
 public:
  static result<std::unique_ptr<chunk_table_writer>> create(file_system& files, std::string directory,
                                                            checkpoint_id id);
  ~chunk_table_writer();

  /// Errors: invalid_argument if the chunk is larger than 1 GiB; no_space, io.
  result<void> add(const snapshot_chunk& chunk);

  /// Ends the file and syncs it.
  /// Errors: invalid_argument if a chunk belongs to none of the operators, or if names or schemas
  ///         cannot be written; no_space, io.
  result<table_file> finish(const std::vector<stored_operator>& operators);

 private:
  struct engine;
  chunk_table_writer(std::string path, checkpoint_id id, std::unique_ptr<engine> e);

  result<void> put(std::uint64_t number, std::string_view value);

  std::string path_;
  checkpoint_id id_;
  std::unique_ptr<engine> engine_;
  std::vector<chunk_entry> chunks_;  ///< operator_index points into uids_ until finish
  std::vector<std::string> uids_;
  std::unordered_map<std::string, std::size_t> index_of_uid_;
};

/// Reads a table file whose checksum has been verified.
class chunk_table_reader {
 public:
  /// Errors: corrupt, incompatible, io, not_found.
  static result<std::unique_ptr<chunk_table_reader>> open(file_system& files, const std::string& directory,
                                                          const table_file& table);
  ~chunk_table_reader();

  [[nodiscard]] const table_contents& contents() const { return contents_; }

  /// Hands over the chunks that `wanted` says, in the order of arrival, each verified.
  /// Errors: those of `take`; corrupt, io.
  result<void> for_each(const std::function<bool(const chunk_entry&)>& wanted,
                        const std::function<result<void>(const snapshot_chunk&, const operator_schema&)>& take);

 private:
  struct engine;
  chunk_table_reader(std::string path, std::unique_ptr<engine> e);

  std::string path_;
  std::unique_ptr<engine> engine_;
  table_contents contents_;
};

/// Whether the file has the length and checksum that `table` says; reads all of it.
/// Errors: corrupt, also if the disk cannot read its own sectors; not_found; io if it cannot even
/// be
///         opened.
[[nodiscard]] result<void> verify_table(file_system& files, const std::string& directory, const table_file& table);

}  // namespace leat
