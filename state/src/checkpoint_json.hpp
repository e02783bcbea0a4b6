#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <leat/core/ids.hpp>
#include <leat/core/key_group.hpp>
#include <leat/core/result.hpp>
#include <leat/core/snapshot.hpp>
#include <leat/state/checkpoint_manifest.hpp>

// The JSON of manifests, tables and the state directory. Reading trusts nothing and returns corrupt
// or incompatible, naming `path`; writing returns invalid_argument if a name is not UTF-8 or a
// schema is too deep.
// docs/reference/checkpoint-format.md is the specification.

namespace leat {

/// What a table says about one of its chunks.
struct chunk_entry {
  std::size_t operator_index = 0;  ///< into table_contents::operators
  subtask_index subtask;
  key_group_range groups;
  chunk_kind kind = chunk_kind::keyed;
  std::uint64_t size_bytes = 0;
  std::uint64_t digest = 0;  ///< XXH3-64 of the bytes
};

/// What a table says about itself, in its last entry.
struct table_contents {
  checkpoint_id checkpoint;
  std::vector<stored_operator> operators;
  std::vector<chunk_entry> chunks;  ///< by arrival number
};

/// Checkpoint numbers from `first` to `last`, both included.
struct checkpoint_range {
  checkpoint_id first;
  checkpoint_id last;
};

/// To whom a state directory belongs.
struct directory_identity {
  std::string application;
  checkpoint_id last;      ///< no number above the one after it was used without leaving a file
  bool completed = false;  ///< whether any checkpoint was ever completed here
  /// Numbers that a restore went back behind; in ascending order, apart from each other.
  std::vector<checkpoint_range> passed_over;
};

[[nodiscard]] result<std::string> to_json(const checkpoint_manifest& manifest);
[[nodiscard]] result<checkpoint_manifest> manifest_from_json(std::string_view text, const std::string& path);

[[nodiscard]] result<std::string> to_json(const table_contents& contents);
[[nodiscard]] result<table_contents> contents_from_json(std::string_view text, const std::string& path);

[[nodiscard]] result<std::string> to_json(const directory_identity& identity);
[[nodiscard]] result<directory_identity> identity_from_json(std::string_view text, const std::string& path);

}  // namespace leat
