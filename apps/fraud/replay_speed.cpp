#include <charconv>
#include <system_error>

#include "paced_source.hpp"

namespace fraud {

std::optional<std::string> parse_option(std::string_view text, replay_speed& value) {
  double factor = 0;
  const char* const end = text.data() + text.size();
  const auto [read_to, failure] = std::from_chars(text.data(), end, factor);
  const bool good = failure == std::errc{} && read_to == end && factor > 0 && std::isfinite(factor);
  if (text != "max" && !good) return "'" + std::string{text} + "' is neither 'max' nor a number above 0";
  value.factor = good ? std::optional{factor} : std::nullopt;
  return std::nullopt;
}

}  // namespace fraud
