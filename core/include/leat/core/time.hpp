#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>

namespace leat {

using duration = std::chrono::milliseconds;

/// An instant in milliseconds since 1970-01-01T00:00:00 UTC. `Tag` says which clock it was read from, so that
/// event time and processing time never mix. Addition saturates at the ends of time.
template <class Tag>
class instant {
 public:
  constexpr instant() = default;
  constexpr explicit instant(std::int64_t ms) : ms_(ms) {}

  [[nodiscard]] constexpr std::int64_t ms() const { return ms_; }
  [[nodiscard]] static constexpr instant min() { return instant{std::numeric_limits<std::int64_t>::min()}; }
  [[nodiscard]] static constexpr instant max() { return instant{std::numeric_limits<std::int64_t>::max()}; }

  constexpr auto operator<=>(const instant&) const = default;

  friend constexpr instant operator+(instant t, duration d) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(t.ms_, static_cast<std::int64_t>(d.count()), &sum)) return d.count() > 0 ? max() : min();
    return instant{sum};
  }
  friend constexpr instant operator-(instant t, duration d) {
    std::int64_t rest = 0;
    if (__builtin_sub_overflow(t.ms_, static_cast<std::int64_t>(d.count()), &rest))
      return d.count() < 0 ? max() : min();
    return instant{rest};
  }
  friend constexpr duration operator-(instant a, instant b) { return duration{a.ms_ - b.ms_}; }

 private:
  std::int64_t ms_ = 0;
};

/// Set by the data: when something happened.
using event_time = instant<struct event_time_tag>;

/// The node's clock when it acts.
using processing_time = instant<struct processing_time_tag>;

/// The promise that no later record has an event time at or before `at`.
/// Source: Flink, org.apache.flink.api.common.eventtime.Watermark.
struct watermark {
  event_time at = event_time::min();
  constexpr auto operator<=>(const watermark&) const = default;

  /// Nothing promised yet.
  [[nodiscard]] static constexpr watermark none() { return {event_time::min()}; }
  /// The end of finite input: nothing comes any more.
  [[nodiscard]] static constexpr watermark end() { return {event_time::max()}; }
};

/// Whether an input takes part in the minimum over watermarks.
enum class stream_status : std::uint8_t { active, idle };

/// Which clock drives a timer.
enum class time_domain : std::uint8_t { event, processing };

/// Sub-space of a key's timers, for example a window's start. Timers of different scopes are different timers.
enum class scope : std::int64_t { none = 0 };

/// A timer as its owner sees it: unique per (key, scope, time, domain).
struct timer {
  time_domain domain = time_domain::event;
  std::int64_t at_ms = 0;
  leat::scope scope = leat::scope::none;

  [[nodiscard]] event_time event() const { return event_time{at_ms}; }
  [[nodiscard]] processing_time processing() const { return processing_time{at_ms}; }
  auto operator<=>(const timer&) const = default;
};

}  // namespace leat
