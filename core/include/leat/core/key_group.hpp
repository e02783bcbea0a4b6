#pragma once

#include <cstddef>
#include <cstdint>

#include <leat/core/ids.hpp>

namespace leat {

/// Smallest unit of state movement: 0 ≤ group < max parallelism.
using key_group = std::uint32_t;

/// Inclusive range of key groups.
struct key_group_range {
  key_group first = 0;
  key_group last = 0;
  [[nodiscard]] constexpr bool contains(key_group g) const { return first <= g && g <= last; }
  [[nodiscard]] constexpr bool overlaps(key_group_range o) const { return first <= o.last && o.first <= last; }
  auto operator<=>(const key_group_range&) const = default;
};

/// The largest max parallelism.
inline constexpr std::uint32_t key_group_limit = 32768;

/// Spreads a key's 32-bit hash; the result is below 2^31.
/// Source: Flink, org.apache.flink.util.MathUtils.murmurHash.
[[nodiscard]] constexpr std::uint32_t murmur(std::uint32_t code) {
  const auto rotate = [](std::uint32_t x, int by) { return (x << by) | (x >> (32 - by)); };
  code *= 0xCC9E2D51U;
  code = rotate(code, 15);
  code *= 0x1B873593U;
  code = rotate(code, 13);
  code = code * 5 + 0xE6546B64U;
  code ^= 4;
  code ^= code >> 16;
  code *= 0x85EBCA6BU;
  code ^= code >> 13;
  code *= 0xC2B2AE35U;
  code ^= code >> 16;
  const std::uint32_t negative = code >> 31;
  return ((code ^ (0U - negative)) + negative) & 0x7FFFFFFFU;  // absolute value; the smallest number becomes 0
}

/// The key group of a key with this hash. Requires: 1 ≤ max_parallelism ≤ key_group_limit.
/// Source: Flink, KeyGroupRangeAssignment.computeKeyGroupForKeyHash.
[[nodiscard]] constexpr key_group key_group_of(std::uint32_t hash, std::uint32_t max_parallelism) {
  return murmur(hash) % max_parallelism;
}

/// The subtask that owns a key group. Source: Flink, computeOperatorIndexForKeyGroup.
[[nodiscard]] constexpr subtask_index subtask_of(key_group group, std::uint32_t parallelism,
                                                 std::uint32_t max_parallelism) {
  return subtask_index{group * parallelism / max_parallelism};
}

/// The key groups that a subtask owns. Requires: parallelism ≤ max_parallelism.
/// Source: Flink, computeKeyGroupRangeForOperatorIndex.
[[nodiscard]] constexpr key_group_range key_groups_of(subtask_index subtask, std::uint32_t parallelism,
                                                      std::uint32_t max_parallelism) {
  const std::uint32_t i = subtask.value();
  return {(i * max_parallelism + parallelism - 1) / parallelism, ((i + 1) * max_parallelism - 1) / parallelism};
}

/// Number of key groups of a job that does not choose one: half as many again as its parallelism, rounded up to a
/// power of two, within [128, 32768]. Source: Flink, computeDefaultMaxParallelism.
[[nodiscard]] std::uint32_t default_max_parallelism(std::uint32_t parallelism);

/// The owning subtasks of `count` keys at once: `targets[i] = owners[key_group_of(hashes[i], max_parallelism)]`.
/// `owners` has max_parallelism entries.
void route_hashes(const std::uint32_t* hashes, std::size_t count, std::uint32_t max_parallelism,
                  const std::uint16_t* owners, std::uint16_t* targets);

}  // namespace leat
