#pragma once

#include <algorithm>
#include <cstdint>

#include <leat/core/assert.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// How often and when a call that came to nothing is made again. A value.
/// Source: Flink, AsyncRetryStrategies (fixed delay, exponential backoff).
class call_retries {
 public:
  /// A call is made once.
  static call_retries none() { return {1, duration{0}, duration{0}, 1}; }
  /// At most `attempts` calls, `delay` after each answer but the last.
  /// Requires: attempts ≥ 1, delay ≥ 0.
  static call_retries fixed_delay(std::uint32_t attempts, duration delay) { return {attempts, delay, delay, 1}; }
  /// At most `attempts` calls; the delay is `first` and grows by `factor` each time, up to `longest`.
  /// Requires: attempts ≥ 1, 0 ≤ first ≤ longest, factor ≥ 1.
  static call_retries exponential_delay(std::uint32_t attempts, duration first, duration longest, double factor = 2) {
    return {attempts, first, longest, factor};
  }

  [[nodiscard]] std::uint32_t attempts() const { return attempts_; }
  /// Between the answer to call number `attempt`, counted from 1, and the next call.
  [[nodiscard]] duration delay_after(std::uint32_t attempt) const {
    double ms = static_cast<double>(first_.count());
    const auto most = static_cast<double>(longest_.count());
    for (std::uint32_t i = 1; i < attempt && ms < most && factor_ > 1 && ms > 0; ++i) ms *= factor_;
    return ms >= most ? longest_ : duration{static_cast<std::int64_t>(ms)};
  }

 private:
  call_retries(std::uint32_t attempts, duration first, duration longest, double factor)
      : attempts_(attempts), first_(first), longest_(longest), factor_(factor) {
    LEAT_ASSERT(attempts >= 1, "call_retries: 0 attempts; the first call counts, so give at least 1");
    LEAT_ASSERT(first >= duration{0} && first <= longest,
                "call_retries: a delay must not be negative, nor the first longer than the longest");
    LEAT_ASSERT(factor >= 1, "call_retries: a factor below 1 would shorten the delay; give 1 or more");
  }

  std::uint32_t attempts_;
  duration first_;
  duration longest_;
  double factor_;
};

}  // namespace leat
