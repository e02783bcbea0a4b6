#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace leat::formats {

/// Length of the UTF-8 sequence at the front; 0 if there is none. Source: The Unicode Standard, table 3-7.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

/// A value from a file as it stands in messages: bytes that are unprintable or no UTF-8 as \xHH, cut after 80 bytes.
[[nodiscard]] std::string printable(std::string_view value);

/// ` (did you mean "euro"?)` with the name that takes the fewest changes of a letter to turn into `name`, upper and
/// lower case being equal; nothing if that is more than half of the letters.
[[nodiscard]] std::string suggestion(std::string_view name, const std::vector<std::string>& names);

}  // namespace leat::formats
