#pragma once

#include <chrono>

#include <leat/core/time.hpp>

namespace leat {

/// The only source of processing time. Handed in; nothing in Leat reads a clock by itself.
/// Threading: all members may be called from any thread.
class clock {
 public:
  virtual ~clock() = default;

  /// Processing time, ms since 1970 UTC. May step back when the host's clock is set; callers keep their own maximum.
  [[nodiscard]] virtual processing_time now() const = 0;

  /// Time since some fixed instant, never stepping back; for measuring durations.
  [[nodiscard]] virtual std::chrono::nanoseconds monotonic() const = 0;
};

/// The host's clock. Returns the same object at every call; it lives as long as the process.
[[nodiscard]] const clock& system_clock();

/// A clock that stands still until told to move; for tests and simulation.
/// Threading: one thread.
class manual_clock final : public clock {
 public:
  explicit manual_clock(processing_time start = processing_time{0}) : now_(start) {}

  [[nodiscard]] processing_time now() const override { return now_; }
  [[nodiscard]] std::chrono::nanoseconds monotonic() const override { return std::chrono::milliseconds{now_.ms()}; }

  void set(processing_time t) { now_ = t; }
  void advance(duration d) { now_ = now_ + d; }

 private:
  processing_time now_;
};

}  // namespace leat
