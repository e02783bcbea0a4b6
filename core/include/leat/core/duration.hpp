#pragma once

#include <string>
#include <string_view>

#include <leat/core/result.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// Reads a span of time as people write it: a whole number and a unit (ms, s, min, h, d), or several from the largest
/// unit to the smallest: "500ms", "5s", "2min", "1h", "7d", "1h 30min". Not negative; "0s" is a span, too.
/// Errors: invalid_argument, saying what would be right.
[[nodiscard]] result<duration> parse_duration(std::string_view text);

/// The same span for people, exact, and readable by parse_duration: "1h 30min", "250ms", "0s". Negative spans begin
/// with '-'.
[[nodiscard]] std::string format_duration(duration d);

}  // namespace leat
