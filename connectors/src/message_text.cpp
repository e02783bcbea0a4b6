#include "message_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <utility>

namespace leat::formats {
namespace {

constexpr std::size_t shown_bytes = 80;

/// Changes of one letter that turn `a` into `b` (Levenshtein; Wagner and Fischer's algorithm with one row).
std::size_t distance(std::string_view a, std::string_view b) {
  const auto low = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (low(a[i]) == low(b[j]) ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::string printable(std::string_view value) {
  std::string text;
  for (const char c : value.substr(0, shown_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F)
      text += fmt::format("\\x{:02X}", byte);
    else
      text += c;
  }
  return value.size() > shown_bytes ? text + "…" : text;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& names) {
  const std::string* nearest = nullptr;
  std::size_t least = name.size() / 2 + 1;
  for (const auto& other : names) {
    const std::size_t changes = distance(name, other);
    if (changes >= least) continue;
    least = changes;
    nearest = &other;
  }
  return nearest == nullptr ? std::string{} : fmt::format(" (did you mean \"{}\"?)", *nearest);
}

}  // namespace leat::formats
