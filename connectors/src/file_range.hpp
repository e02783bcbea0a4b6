#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace leat::formats {

/// What a split of a file source stands for: the rows of `path` whose first byte lies in [begin, end).
struct file_range {
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  std::string path;
  std::uint64_t begin = 0;
  std::uint64_t end = no_end;

  [[nodiscard]] bool whole() const { return begin == 0 && end == no_end; }

  /// The path, followed by "@begin+length" for a range (and for a path that itself ends like that).
  [[nodiscard]] std::string id() const;
  /// The inverse of id().
  [[nodiscard]] static file_range parse(std::string_view id);
};

}  // namespace leat::formats
