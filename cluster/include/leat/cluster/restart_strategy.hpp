#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include <leat/core/time.hpp>

namespace leat {

/// When a failed job is tried again. A value: copy it freely.
/// Source: Flink, restart strategies (fixed delay, exponential delay, failure rate, none).
class restart_strategy {
 public:
  enum class kind { none, fixed_delay, exponential_delay, failure_rate };

  /// The first failure ends the job.
  static restart_strategy none() { return restart_strategy{kind::none}; }

  /// At most `attempts` restarts, `delay` after each failure.
  static restart_strategy fixed_delay(std::uint32_t attempts, duration delay);

  /// Any number of restarts; the delay doubles from `first` to `longest` and falls back to `first` once the job has run
  /// for `calm` without a failure.
  static restart_strategy exponential_delay(duration first, duration longest, duration calm);

  /// Restarts after `delay`, unless more than `failures` happened within `interval`.
  static restart_strategy failure_rate(std::uint32_t failures, duration interval, duration delay);

  /// Notes a failure at `now` (a clock that does not step back) and returns how long to wait before the next attempt;
  /// empty if the job is given up.
  std::optional<duration> after_failure(std::chrono::nanoseconds now);

 private:
  explicit restart_strategy(kind k) : kind_(k) {}

  kind kind_;
  std::uint32_t limit_ = 0;
  duration delay_{0};
  duration longest_{0};
  std::chrono::nanoseconds span_{0};  ///< interval or calm
  std::uint32_t used_ = 0;
  duration next_{0};
  std::deque<std::chrono::nanoseconds> failures_;
};

}  // namespace leat
