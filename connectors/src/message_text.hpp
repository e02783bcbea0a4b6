#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leat::formats {

/// A value from a file as it stands in messages: unprintable bytes as \xHH, cut after 80 bytes.
[[nodiscard]] std::string printable(std::string_view value);

/// ` (did you mean "euro"?)` with the name that takes the fewest changes of a letter to turn into `name`, upper and
/// lower case being equal; nothing if that is more than half of the letters.
[[nodiscard]] std::string suggestion(std::string_view name, const std::vector<std::string>& names);

}  // namespace leat::formats
