#pragma once

#include <string>
#include <string_view>

#include <leat/core/result.hpp>

namespace leat {

/// A small text that notices damage to itself: the line "<kind> 1 <XXH3-128 of the rest> <length of
/// the rest>", then the rest.
/// On disk: the 1 belongs to this frame and never changes; versions of the content stand in it.
[[nodiscard]] std::string seal(std::string_view kind, std::string_view content);

/// The content of what `seal` made, or corrupt, naming `path`.
[[nodiscard]] result<std::string> unseal(std::string_view kind, std::string text, const std::string& path);

}  // namespace leat
