#pragma once

#include <string>

#include "program_description.hpp"

namespace leat {

/// The manual page, section 1, in the macros of man(7).
[[nodiscard]] std::string manual_page(const program_description& p);

}  // namespace leat
