#pragma once

#include <array>
#include <string>
#include <string_view>

#include "program_description.hpp"

namespace leat {

/// The shells that completion scripts are made for.
inline constexpr std::array<std::string_view, 3> completion_shells{"bash", "zsh", "fish"};

/// A script that a shell reads to complete the program's commands, its options, their choices, and paths where the
/// placeholder is FILE, DIR or FILE_OR_DIR. Requires: a shell of the list above.
[[nodiscard]] std::string completion_script(std::string_view shell, const program_description& p);

}  // namespace leat
