#include <leat/core/key_group.hpp>

#include <leat/core/assert.hpp>

#include <algorithm>
#include <array>
#include <bit>

// A second version of the hot loop for newer processors, chosen when the program starts. The choice runs before a
// sanitizer is ready, so there it is left out.
#if defined(__x86_64__) && defined(__has_attribute) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if __has_attribute(target_clones) && !defined(__clang__)
#define LEAT_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#endif
#endif
#ifndef LEAT_VECTOR_CLONES
#define LEAT_VECTOR_CLONES
#endif

namespace leat {
namespace {

/// Keys handled together: their spread hashes stay in the first-level cache.
constexpr std::size_t block_size = 512;
using block = std::array<std::uint32_t, block_size>;

/// The part that vectorises: no memory but the two arrays, no branch.
LEAT_VECTOR_CLONES
void spread(const std::uint32_t* hashes, std::size_t count, std::uint32_t* spread_hashes) {
  for (std::size_t i = 0; i < count; ++i) spread_hashes[i] = murmur(hashes[i]);
}

/// Picks with a mask where max parallelism is a power of two.
void pick_masked(const block& spread_hashes, std::size_t count, std::uint32_t mask, const std::uint16_t* owners,
                 std::uint16_t* targets) {
  for (std::size_t i = 0; i < count; ++i) targets[i] = owners[spread_hashes[i] & mask];
}

/// Picks with an exact remainder by two multiplications instead of a division.
/// Source: Lemire, Kaser, Kurz, "Faster remainder by direct computation", 2019.
void pick_remainder(const block& spread_hashes, std::size_t count, std::uint32_t divisor, const std::uint16_t* owners,
                    std::uint16_t* targets) {
  __extension__ using wide = unsigned __int128;
  const std::uint64_t reciprocal = ~std::uint64_t{0} / divisor + 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t fraction = reciprocal * spread_hashes[i];
    targets[i] = owners[static_cast<std::size_t>((static_cast<wide>(fraction) * divisor) >> 64)];
  }
}

}  // namespace

std::uint32_t default_max_parallelism(std::uint32_t parallelism) {
  const std::uint32_t bounded = std::min(parallelism, key_group_limit);
  return std::clamp<std::uint32_t>(std::bit_ceil(bounded + bounded / 2), 128, key_group_limit);
}

void route_hashes(const std::uint32_t* hashes, std::size_t count, std::uint32_t max_parallelism,
                  const std::uint16_t* owners, std::uint16_t* targets) {
  LEAT_ASSERT(1 <= max_parallelism && max_parallelism <= key_group_limit, "max parallelism is outside [1, 32768]");
  block spread_hashes;
  for (std::size_t first = 0; first < count; first += block_size) {
    const std::size_t size = std::min(block_size, count - first);
    spread(hashes + first, size, spread_hashes.data());
    if (std::has_single_bit(max_parallelism)) {
      pick_masked(spread_hashes, size, max_parallelism - 1, owners, targets + first);
    } else {
      pick_remainder(spread_hashes, size, max_parallelism, owners, targets + first);
    }
  }
}

}  // namespace leat
