#pragma once

#include <cstdint>
#include <string_view>

namespace leat {

/// Java's hash of a string given as UTF-8 (31-polynomial over UTF-16 units), for applications that must partition
/// exactly as a job on the JVM does: return it from a specialisation of `key_hash`.
/// Source: java.lang.String.hashCode. Malformed UTF-8 counts as one replacement character per byte.
[[nodiscard]] std::uint32_t java_hash(std::string_view utf8);

/// Java's hash of a 64-bit integer: low word xor high word. Source: java.lang.Long.hashCode.
[[nodiscard]] constexpr std::uint32_t java_hash(std::int64_t x) {
  const auto bits = static_cast<std::uint64_t>(x);
  return static_cast<std::uint32_t>(bits ^ (bits >> 32));
}

}  // namespace leat
