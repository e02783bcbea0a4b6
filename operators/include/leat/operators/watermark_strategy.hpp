#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <leat/core/assert.hpp>
#include <leat/core/batch.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// Sources that wait for each other.
struct pace_limit {
  std::string group;
  duration max_lead;
};

/// How watermarks follow from event times, when a silent input no longer counts, and how far a source may run ahead of
/// others. A value: copy it freely.
class watermark_strategy {
 public:
  /// How far behind the newest event time a record may still arrive; the watermark is newest - delay - 1 ms.
  /// Empty: no watermarks but the final one, or those of custom_watermarks.
  [[nodiscard]] std::optional<duration> delay() const { return delay_; }
  [[nodiscard]] std::optional<duration> idle_timeout() const { return idle_timeout_; }
  [[nodiscard]] const std::optional<pace_limit>& pace() const { return pace_; }

  /// Regards an input as idle when it has been silent for longer than `d` of processing time, so that it no longer
  /// holds back the others.
  [[nodiscard]] watermark_strategy idle_after(duration d) const {
    watermark_strategy s = *this;
    s.idle_timeout_ = d;
    return s;
  }

  /// All sources with the same group wait for the slowest of them: a split is not read on while its watermark is more
  /// than `max_lead` ahead of the least one in the group. So what a join or a merge keeps of the faster source is
  /// bounded. Idle and ended splits do not count; a silent one that is not idle stops the group, as it stops time.
  /// Bound: the lead is exceeded by what one batch holds.
  /// Requires: max_lead ≥ 0; used directly behind a source.   Source: Flink, WatermarkStrategy.withWatermarkAlignment.
  [[nodiscard]] watermark_strategy keep_pace(std::string group, duration max_lead) const {
    LEAT_ASSERT(max_lead >= duration{0}, "a lead is not negative");
    watermark_strategy s = *this;
    s.pace_ = pace_limit{std::move(group), max_lead};
    return s;
  }

  static watermark_strategy with_delay(std::optional<duration> d) {
    watermark_strategy s;
    s.delay_ = d;
    return s;
  }
  /// Looks at the clock this often while nothing comes.
  [[nodiscard]] watermark_strategy looking_every(std::optional<duration> d) const {
    watermark_strategy s = *this;
    s.period_ = d;
    return s;
  }
  /// How often the clock matters while nothing comes; empty if it does not.
  [[nodiscard]] std::optional<duration> clock_interval() const {
    std::optional<duration> d = period_;
    if (idle_timeout_) d = std::min(d.value_or(duration::max()), *idle_timeout_ / 4);
    return d ? std::optional{std::max(duration{1}, *d)} : std::nullopt;
  }

 private:
  std::optional<duration> delay_;
  std::optional<duration> idle_timeout_;
  std::optional<duration> period_;
  std::optional<pace_limit> pace_;
};

/// Event times never fall. Source: Flink, WatermarkStrategy.forMonotonousTimestamps.
[[nodiscard]] inline watermark_strategy monotonous() { return watermark_strategy::with_delay(duration{0}); }

/// A record comes at most `d` of event time after a newer one. Source: Flink, forBoundedOutOfOrderness.
[[nodiscard]] inline watermark_strategy bounded_out_of_orderness(duration d) {
  return watermark_strategy::with_delay(d);
}

/// Event times without watermarks; only the end of finite input fires event-time timers.
[[nodiscard]] inline watermark_strategy no_watermarks() { return watermark_strategy::with_delay(std::nullopt); }

/// What a generator has to tell downstream: first the status, then the watermark.
struct generator_output {
  std::optional<stream_status> status;
  std::optional<watermark> advanced;
};

/// Makes the watermarks of one input from the event times that pass.
/// Threading: one subtask.
/// Source: Flink, BoundedOutOfOrdernessWatermarks, WatermarksWithIdleness, WatermarkToDataOutput.
class watermark_generator {
 public:
  explicit watermark_generator(watermark_strategy strategy) : strategy_(std::move(strategy)) {}

  /// Takes note of records, the newest of which has this event time in ms.
  void observe(std::int64_t newest) {
    newest_ = std::max(newest_, newest);
    ++activity_;
  }

  /// Takes a watermark that was made from records or by the clock, for strategies without a delay. Only what goes beyond
  /// the last one counts.
  void announce(watermark w) { announced_ = std::max(announced_, w); }

  /// The input is held back: its silence is not its own.
  void hold() { ++activity_; }

  /// The periodic call. The watermark if it has advanced; `idle` once when the input has been silent for longer than
  /// the idle timeout (the first call after activity only takes note of it, the second starts the wait); `active` with
  /// the first watermark after that.
  generator_output emit(processing_time now) {
    generator_output result;
    if (silent_too_long(now)) {
      if (!idle_) result.status = stream_status::idle;
      idle_ = true;
      return result;
    }
    watermark w = announced_;
    if (strategy_.delay() && newest_ != no_event_time)
      w = watermark{event_time{newest_} - *strategy_.delay() - duration{1}};
    if (w <= last_) return result;
    last_ = w;
    result.advanced = w;
    if (idle_) result.status = stream_status::active;
    idle_ = false;
    return result;
  }

  [[nodiscard]] bool idle() const { return idle_; }
  [[nodiscard]] watermark last() const { return last_; }

 private:
  bool silent_too_long(processing_time now) {
    if (!strategy_.idle_timeout()) return false;
    if (activity_ != seen_activity_) {
      seen_activity_ = activity_;
      silent_since_.reset();
      return false;
    }
    if (!silent_since_) {
      silent_since_ = now;
      return false;
    }
    return now - *silent_since_ > *strategy_.idle_timeout();
  }

  watermark_strategy strategy_;
  std::int64_t newest_ = no_event_time;
  watermark announced_ = watermark::none();
  watermark last_ = watermark::none();
  std::uint64_t activity_ = 0;
  std::uint64_t seen_activity_ = 0;
  std::optional<processing_time> silent_since_;
  bool idle_ = false;
};

}  // namespace leat
