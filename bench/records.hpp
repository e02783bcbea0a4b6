#pragma once

#include <cstdint>

#include <leat/core/fields.hpp>
#include <leat/core/hash.hpp>
#include <leat/core/time.hpp>

namespace bench {

/// What the keyed workloads are fed with: 24 bytes.
struct record {
  leat::event_time ts;
  std::int64_t key = 0;
  std::int64_t val = 0;
  LEAT_FIELDS(ts, key, val)
};

/// Random-looking 64-bit identities from small numbers. Source: Vigna, splitmix64.
inline std::int64_t spread(std::uint64_t k) {
  k += 0x9E3779B97F4A7C15ULL;
  k = (k ^ (k >> 30)) * 0xBF58476D1CE4E5B9ULL;
  k = (k ^ (k >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<std::int64_t>(k ^ (k >> 31));
}

/// Where the records of one source stand: what differs from source to source and from record to record.
struct source_position {
  std::uint64_t seed = 0;
  std::uint64_t count = 0;      ///< records made
  std::uint64_t first_key = 0;  ///< the warm-up visits the keys from here on
  LEAT_FIELDS(seed, count, first_key)
};

/// Makes the records, the same for the engine and for the plain loop. Each source begins with a warm-up that visits
/// every key of its share once, so that the tables are full before time is taken; then keys come at random.
/// A value is a function of the key: the results are then the same whatever order two sources' records meet in.
/// Event time advances by 1 ms every 1000 records of a source.
class record_maker {
 public:
  record_maker(std::uint64_t keys, std::uint32_t sources) : keys_(keys), warm_up_(keys / sources) {}

  /// Records of one source that belong to the warm-up.
  [[nodiscard]] std::uint64_t warm_up() const { return warm_up_; }
  [[nodiscard]] std::uint64_t keys() const { return keys_; }

  [[nodiscard]] source_position start(std::uint32_t source) const {
    return {88172645463325252ULL + source * 7919ULL, 0, source * warm_up_};
  }

  record operator()(source_position& at) const {
    const std::uint64_t n = at.count++;
    std::uint64_t k;
    if (n < warm_up_) [[unlikely]] {
      k = at.first_key + n;
    } else {  // Marsaglia's xorshift, scaled to the number of keys
      at.seed ^= at.seed << 13;
      at.seed ^= at.seed >> 7;
      at.seed ^= at.seed << 17;
      k = static_cast<std::uint64_t>((static_cast<leat::uint128>(at.seed) * keys_) >> 64);
    }
    const std::int64_t key = spread(k);
    return {leat::event_time{static_cast<std::int64_t>(n / 1000)}, key, key & 1023};
  }

 private:
  std::uint64_t keys_;
  std::uint64_t warm_up_;
};

/// What a running sum emits for each record.
struct running_sum {
  std::int64_t key = 0;
  std::int64_t sum = 0;
  LEAT_FIELDS(key, sum)
};

}  // namespace bench
