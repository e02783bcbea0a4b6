#include <leat/core/duration.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace leat {
namespace {

struct unit {
  std::string_view name;
  std::int64_t ms;
};

constexpr std::array<unit, 5> units{{{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}, {"ms", 1}}};

error teach(std::string_view text, std::string_view what) {
  return {errc::invalid_argument,
          "'" + std::string{text} + "' is not a span of time: " + std::string{what} +
              "; write a whole number and a unit out of ms, s, min, h and d, for example 500ms, 5s, 2min or 1h 30min"};
}

bool is_digit(char c) { return '0' <= c && c <= '9'; }

/// What is wrong with a name that is no unit.
std::string why_no_unit(std::string_view name) {
  if (name.empty()) return "the unit is missing";
  if (name == "m") return "'m' could be minutes or months, minutes are 'min'";
  if (name.front() == '.' || name.front() == ',') return "fractions are not read, use a smaller unit";
  return "there is no unit '" + std::string{name} + "'";
}

std::string_view take_while(std::string_view& rest, auto belongs) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), belongs);
  const auto size = static_cast<std::size_t>(end - rest.begin());
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

void skip_spaces(std::string_view& rest) {
  take_while(rest, [](char c) { return c == ' '; });
}

}  // namespace

result<duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  skip_spaces(rest);
  if (rest.empty()) return teach(text, "it is empty");
  if (rest.front() == '-') return teach(text, "it must not be negative");
  std::int64_t total_ms = 0;
  const unit* last = nullptr;
  while (!rest.empty()) {
    const std::string_view digits = take_while(rest, is_digit);
    if (digits.empty()) return teach(text, "a number is missing before '" + std::string{rest} + "'");
    std::int64_t number = 0;
    const bool fits = std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc{};
    skip_spaces(rest);
    const std::string_view name = take_while(rest, [](char c) { return c != ' ' && !is_digit(c); });
    const auto found = std::find_if(units.begin(), units.end(), [name](const unit& u) { return u.name == name; });
    if (found == units.end()) return teach(text, why_no_unit(name));
    if (last != nullptr && found <= last) return teach(text, "the larger unit comes first and each only once");
    std::int64_t part_ms = 0;
    if (!fits || __builtin_mul_overflow(number, found->ms, &part_ms) ||
        __builtin_add_overflow(total_ms, part_ms, &total_ms)) {
      return teach(text, "it is too long");
    }
    last = found;
    skip_spaces(rest);
  }
  return duration{total_ms};
}

std::string format_duration(duration d) {
  if (d.count() == 0) return "0s";
  std::string text = d.count() < 0 ? "-" : "";
  // The magnitude as an unsigned number, because that of the smallest has no positive counterpart.
  const auto count = static_cast<std::uint64_t>(d.count());
  std::uint64_t rest_ms = d.count() < 0 ? 0 - count : count;
  bool first = true;
  for (const unit& u : units) {
    const auto unit_ms = static_cast<std::uint64_t>(u.ms);
    if (rest_ms < unit_ms) continue;
    text += (first ? "" : " ") + std::to_string(rest_ms / unit_ms) + std::string{u.name};
    rest_ms %= unit_ms;
    first = false;
  }
  return text;
}

}  // namespace leat
