#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <leat/core/ids.hpp>

// Names within DIRECTORY/checkpoints. On disk: never changed.

namespace leat {

/// "chk-0000000007.sst"
[[nodiscard]] std::string table_name(checkpoint_id id);
/// "chk-0000000007.manifest"
[[nodiscard]] std::string manifest_name(checkpoint_id id);

/// Appended to the name of a file that is being written and means nothing yet.
inline constexpr std::string_view unfinished_suffix = ".tmp";

/// What a name in the directory says.
struct checkpoint_file {
  enum class kind { table, manifest, unfinished_manifest };
  kind type;
  checkpoint_id id;
};

/// Empty if the file is none of ours.
[[nodiscard]] std::optional<checkpoint_file> parse_file_name(std::string_view name);

}  // namespace leat
