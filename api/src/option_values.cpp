#include <leat/command.hpp>

#include <leat/core/duration.hpp>

#include <charconv>

namespace leat {
namespace {

template <class T>
std::optional<std::string> parse_number(std::string_view text, T& value, const char* what) {
  T parsed{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (code != std::errc{} || end != text.data() + text.size() || text.empty())
    return "'" + std::string{text} + "' is not " + what;
  value = parsed;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> parse_option(std::string_view text, std::string& value) {
  value = text;
  return std::nullopt;
}
std::optional<std::string> parse_option(std::string_view text, std::int64_t& value) {
  return parse_number(text, value, "a whole number");
}
std::optional<std::string> parse_option(std::string_view text, std::uint64_t& value) {
  return parse_number(text, value, "a whole number from 0");
}
std::optional<std::string> parse_option(std::string_view text, std::uint32_t& value) {
  return parse_number(text, value, "a whole number from 0 to 4294967295");
}
std::optional<std::string> parse_option(std::string_view text, double& value) {
  return parse_number(text, value, "a number");
}
std::optional<std::string> parse_option(std::string_view text, duration& value) {
  auto parsed = parse_duration(text);
  if (!parsed) return parsed.error().detail;
  value = *parsed;
  return std::nullopt;
}

leat::option& command::flag(std::string name, bool& target, std::string help) {
  options_.push_back(std::make_unique<leat::option>(std::move(name), std::move(help), nullptr));
  options_.back()->flag_ = &target;
  return *options_.back();
}

}  // namespace leat
