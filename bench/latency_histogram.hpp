#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

/// Counts durations in nanoseconds; quantiles are exact to 3 %: every power of two is cut into 32 steps.
/// Source: Tene, HdrHistogram.
class latency_histogram {
 public:
  void add(std::int64_t ns) {
    ++counts_[step_of(static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)))];
    ++count_;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

  /// The duration that a `share` of all stays within, in nanoseconds; the upper end of its step.
  [[nodiscard]] std::uint64_t quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    std::size_t last = 0;
    for (std::size_t s = 0; s < counts_.size(); ++s) {
      if (counts_[s] == 0) continue;
      last = s;
      seen += counts_[s];
      if (seen >= wanted) break;
    }
    return end_of(last);
  }

 private:
  static constexpr int bits = 5;
  static constexpr std::uint64_t steps = 1 << bits;

  static std::size_t step_of(std::uint64_t ns) {
    if (ns < steps) return ns;
    const int shift = static_cast<int>(std::bit_width(ns)) - 1 - bits;
    return static_cast<std::size_t>(shift) * steps + (ns >> shift);
  }
  static std::uint64_t end_of(std::size_t step) {
    if (step < 2 * steps) return step;
    const std::size_t shift = step / steps - 1;
    return ((step % steps + steps + 1) << shift) - 1;
  }

  std::array<std::uint64_t, 64 * steps> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace bench
