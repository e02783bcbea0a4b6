#pragma once

#include <cstdint>

#include <leat/core/assert.hpp>
#include <leat/core/time.hpp>
#include <leat/operators/time_window.hpp>

namespace leat {

/// Which windows a record belongs to: made by tumbling_windows, sliding_windows, cumulative_windows, session_windows,
/// global_windows or count_windows. Event time unless on_processing_time() says otherwise.
/// Source: Flink, org.apache.flink.streaming.api.windowing.assigners.
class window_assigner {
 public:
  enum class shape : std::uint8_t { tumbling, sliding, cumulative, session, global };

  window_assigner(shape kind, duration size, duration step, duration offset)
      : shape_(kind), size_(size.count()), step_(step.count()), offset_(offset.count()) {}

  /// Windows of the clock at the moment a record is processed, not of its event time.
  [[nodiscard]] window_assigner on_processing_time() const {
    window_assigner w = *this;
    w.domain_ = time_domain::processing;
    return w;
  }

  /// Made by count_windows: how many records a window has, and after how many records there is another; 0 if not.
  [[nodiscard]] std::int64_t count() const { return is_global() ? size_ : 0; }
  [[nodiscard]] std::int64_t count_slide() const { return is_global() ? step_ : 0; }

  [[nodiscard]] time_domain domain() const { return domain_; }
  [[nodiscard]] shape kind() const { return shape_; }
  /// Of tumbling, sliding and cumulative windows.
  [[nodiscard]] duration size() const { return duration{size_}; }
  /// From one window to the next.
  [[nodiscard]] duration step() const { return duration{step_}; }
  /// Whether windows of a key that meet become one.
  [[nodiscard]] bool merges() const { return shape_ == shape::session; }
  [[nodiscard]] bool is_global() const { return shape_ == shape::global; }

  /// Calls `take(window)` for each window that a time belongs to, the latest first. Not for sessions.
  template <class Take>
  void assign(std::int64_t at, Take&& take) const {
    switch (shape_) {
      case shape::tumbling: {
        const std::int64_t start = start_of(at, size_);
        return take(time_window{start, start + size_});
      }
      case shape::sliding:
        for (std::int64_t start = start_of(at, step_); start > at - size_; start -= step_)
          take(time_window{start, start + size_});
        return;
      case shape::cumulative: {
        const std::int64_t start = start_of(at, size_);
        for (std::int64_t end = start + size_; end > at; end -= step_) take(time_window{start, end});
        return;
      }
      case shape::session: LEAT_ASSERT(false, "sessions are assigned by session_of"); return;
      case shape::global: return take(time_window::global());
    }
  }
  /// The session that a single record makes. Requires: gap > 0.
  [[nodiscard]] static time_window session_of(std::int64_t at, duration gap) {
    return {at, (event_time{at} + gap).ms()};
  }
  /// Of sessions; 0 if each record says its own.
  [[nodiscard]] duration gap() const { return duration{size_}; }

  /// The start of the interval of this length that a time falls into, counted from the offset; also for negative times.
  [[nodiscard]] std::int64_t start_of(std::int64_t at, std::int64_t length) const {
    const std::int64_t rest = (at - offset_) % length;
    return at - (rest < 0 ? rest + length : rest);
  }

 private:
  shape shape_;
  time_domain domain_ = time_domain::event;
  std::int64_t size_;
  std::int64_t step_;
  std::int64_t offset_;
};

/// Windows side by side, from multiples of `size` since 1970 UTC, shifted by `offset`.
/// Requires: size > 0, |offset| < size.
[[nodiscard]] window_assigner tumbling_windows(duration size, duration offset = duration{0});
/// Windows of `size`, one every `slide`: a record belongs to size / slide of them.
/// Requires: size > 0, slide > 0, |offset| < slide.
[[nodiscard]] window_assigner sliding_windows(duration size, duration slide, duration offset = duration{0});
/// Windows that begin together every `size` and end `step` after one another: sums so far.
/// Requires: step > 0, size a multiple of step, |offset| < size.
[[nodiscard]] window_assigner cumulative_windows(duration size, duration step, duration offset = duration{0});
/// A window lasts until nothing has come for `gap`. Requires: gap > 0.
[[nodiscard]] window_assigner session_windows(duration gap);
/// Sessions whose gap each record says: see window_settings::gap_of.
[[nodiscard]] window_assigner session_windows();
/// One window for all of a key's records. It never ends: set a trigger.
[[nodiscard]] window_assigner global_windows();
/// Every `count` records of a key, in order of arrival, are a window. Fewer at the end of the input make no result.
/// Requires: count > 0.   Source: Flink, KeyedStream.countWindow.
[[nodiscard]] window_assigner count_windows(std::int64_t count);
/// After every `slide` records of a key, the last `count` of it (at first, those that there are) are a window. All of
/// them are kept.   Requires: count > 0, slide > 0.
[[nodiscard]] window_assigner count_windows(std::int64_t count, std::int64_t slide);

}  // namespace leat
