#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

namespace nexmark {

/// The numbers of java.util.Random, whose algorithm its documentation prescribes: programs on the JVM that start from
/// the same seed draw the same ones.
class java_random {
 public:
  explicit java_random(std::int64_t seed) : state_((static_cast<std::uint64_t>(seed) ^ factor) & mask) {}

  std::int32_t next_int() { return next(32); }

  /// In [0, bound). Requires: bound > 0.
  std::int32_t next_int(std::int32_t bound) {
    if ((bound & -bound) == bound) return static_cast<std::int32_t>((bound * std::int64_t{next(31)}) >> 31);
    for (;;) {
      const std::int32_t bits = next(31);
      const std::int32_t value = bits % bound;
      if (std::int64_t{bits} - value + (bound - 1) <= INT32_MAX) return value;  // otherwise some came up more often
    }
  }

  std::int64_t next_long() {
    const auto high = static_cast<std::uint64_t>(std::int64_t{next(32)}) << 32;
    return static_cast<std::int64_t>(high + static_cast<std::uint64_t>(std::int64_t{next(32)}));
  }

  /// In [0, 1).
  double next_double() {
    const std::int64_t high = std::int64_t{next(26)} << 27;
    return static_cast<double>(high + next(27)) * 0x1p-53;
  }

  /// Of mean 0 and standard deviation 1, by the polar method, which makes two at a time.
  double next_gaussian() {
    if (second_) {
      const double kept = *second_;
      second_.reset();
      return kept;
    }
    for (;;) {
      const double x = 2 * next_double() - 1;
      const double y = 2 * next_double() - 1;
      const double square = x * x + y * y;
      if (square >= 1 || square == 0) continue;
      const double scale = std::sqrt(-2 * std::log(square) / square);
      second_ = y * scale;
      return x * scale;
    }
  }

 private:
  static constexpr std::uint64_t factor = 0x5DEECE66D;
  static constexpr std::uint64_t mask = (std::uint64_t{1} << 48) - 1;

  /// The next `bits` bits, as a signed number where there are 32.
  std::int32_t next(int bits) {
    state_ = (state_ * factor + 0xB) & mask;
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(state_ >> (48 - bits)));
  }

  std::uint64_t state_;
  std::optional<double> second_;
};

}  // namespace nexmark
