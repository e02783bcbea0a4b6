#include "file_range.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace leat::formats {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t v = 0;
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (text.empty() || why != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return v;
}

}  // namespace

std::string file_range::id() const {
  if (whole() && parse(path).whole()) return path;
  return fmt::format("{}@{}+{}", path, begin, end - begin);
}

file_range file_range::parse(std::string_view id) {
  const auto at = id.rfind('@');
  const auto plus = at == std::string_view::npos ? at : id.find('+', at);
  if (plus != std::string_view::npos) {
    const auto begin = number(id.substr(at + 1, plus - at - 1));
    const auto length = number(id.substr(plus + 1));
    if (begin && length && *begin <= no_end - *length) return {std::string(id.substr(0, at)), *begin, *begin + *length};
  }
  return {std::string(id), 0, no_end};
}

}  // namespace leat::formats
