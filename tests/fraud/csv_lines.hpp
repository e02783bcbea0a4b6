#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include "features.hpp"

namespace fraud_test {

/// Calls `visit(cells)` for every row but the header of a CSV file without quotes; .zst and .gz are
/// unpacked on the way by the program of that name. Returns the number of rows; 0 also when there
/// is no such file or program.
template <class Visitor>
std::size_t for_each_row(const std::string& path, Visitor visit) {
  const std::string unpack = path.ends_with(".zst") ? "zstd -dcq" : path.ends_with(".gz") ? "gzip -dc" : "cat";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe{popen((unpack + " '" + path + "'").c_str(), "r"), &pclose};
  REQUIRE(pipe != nullptr);
  std::vector<std::string_view> cells;
  std::size_t line = 0;
  for (char buffer[1024]; std::fgets(buffer, sizeof buffer, pipe.get()) != nullptr; ++line) {
    if (line == 0) continue;
    std::string_view rest = buffer;
    while (rest.ends_with('\n') || rest.ends_with('\r')) rest.remove_suffix(1);
    cells.clear();
    for (;;) {
      const auto comma = rest.find(',');
      cells.push_back(rest.substr(0, comma));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    visit(cells);
  }
  return line == 0 ? 0 : line - 1;
}

template <class T>
T number(std::string_view text) {
  T value{};
  const auto end = text.data() + text.size();
  const auto [read_to, failure] = std::from_chars(text.data(), end, value);
  REQUIRE_MESSAGE((failure == std::errc{} && read_to == end), "not a number: ", std::string{text});
  return value;
}

/// "2018-04-01T00:00:31", UTC.
inline leat::event_time date_time(std::string_view text) {
  const auto part = [text](std::size_t from, std::size_t count) {
    return static_cast<unsigned>(number<int>(text.substr(from, count)));
  };
  const auto year = std::chrono::year{number<int>(text.substr(0, 4))};
  const std::chrono::sys_days day = year / std::chrono::month{part(5, 2)} / std::chrono::day{part(8, 2)};
  const std::int64_t seconds = part(11, 2) * 3600 + part(14, 2) * 60 + part(17, 2);
  return leat::event_time{day.time_since_epoch().count() * 86'400'000LL + seconds * 1000};
}

inline fraud::transaction to_transaction(const std::vector<std::string_view>& cells) {
  return {number<std::uint64_t>(cells.at(0)), date_time(cells.at(1)),
          number<std::uint32_t>(cells.at(2)), number<std::uint32_t>(cells.at(3)),
          number<std::uint32_t>(cells.at(4)), number<std::uint8_t>(cells.at(5))};
}

inline std::vector<fraud::transaction> read_transactions(const std::string& path) {
  std::vector<fraud::transaction> all;
  for_each_row(path, [&](const auto& cells) { all.push_back(to_transaction(cells)); });
  return all;
}

inline fraud::feature_row to_feature_row(const std::vector<std::string_view>& cells) {
  fraud::feature_row row;
  std::size_t column = 0;
  leat::for_each_field(
      row, [&](const char*, auto& value) { value = number<std::decay_t<decltype(value)>>(cells.at(column++)); });
  return row;
}

}  // namespace fraud_test
