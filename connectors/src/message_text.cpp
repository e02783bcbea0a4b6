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

std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&byte](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool second = follows(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    return second && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool second = follows(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

std::string printable(std::string_view value) {
  std::string text;
  std::size_t at = 0;
  while (at < value.size() && at < shown_bytes) {
    const auto byte = static_cast<unsigned char>(value[at]);
    const std::size_t size = utf8_length(value.substr(at));
    if (size == 0 || byte < 0x20 || byte == 0x7F)
      text += fmt::format("\\x{:02X}", byte);
    else
      text += value.substr(at, size);
    at += std::max<std::size_t>(size, 1);
  }
  return at < value.size() ? text + "…" : text;
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
