#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include <leat/core/time.hpp>

namespace leat {

/// A window of a key: the times from start up to, but without, end. The global window holds all times.
struct time_window {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;

  [[nodiscard]] event_time start() const { return event_time{start_ms}; }
  [[nodiscard]] event_time end() const { return event_time{end_ms}; }
  /// The last time that belongs to it; also the event time of its results.
  [[nodiscard]] constexpr std::int64_t last_ms() const { return is_global() ? end_ms : end_ms - 1; }
  [[nodiscard]] constexpr bool is_global() const { return *this == global(); }
  /// Whether the two overlap or touch, so that sessions with these windows are one.
  [[nodiscard]] constexpr bool meets(const time_window& other) const {
    return start_ms <= other.end_ms && end_ms >= other.start_ms;
  }
  [[nodiscard]] static constexpr time_window global() {
    return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
  constexpr auto operator<=>(const time_window&) const = default;
};

}  // namespace leat
