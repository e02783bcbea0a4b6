#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

#include <leat/operators/window_assigner.hpp>

namespace leat {

/// Cuts time into slices such that every window of an assigner consists of whole ones: a record is added to one slice,
/// and a window's result is made of its slices, however many windows overlap.
/// Requires (the assigner): tumbling, sliding or cumulative.
/// Source: Krishnamurthy, Wu, Franklin, On-the-fly sharing for streamed aggregation (2006).
class window_slicing {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  explicit window_slicing(const window_assigner& assigner)
      : assigner_(assigner),
        cumulative_(assigner.kind() == window_assigner::shape::cumulative),
        size_(assigner.size().count()),
        step_(assigner.step().count()),
        slice_(std::gcd(size_, step_)) {}

  [[nodiscard]] std::int64_t slice_ms() const { return slice_; }
  [[nodiscard]] std::int64_t slice_start(std::int64_t at) const { return assigner_.start_of(at, slice_); }

  /// The end of the first window that ends after `after` and holds a slice; `never` if there is none.
  [[nodiscard]] std::int64_t next_end(std::int64_t slice_start, std::int64_t after) const {
    const std::int64_t least = std::max(slice_start + slice_, after < never ? after + 1 : never);
    const std::int64_t last = last_end(slice_start);
    if (least > last) return never;
    const std::int64_t end = end_at_or_after(least);
    return end <= last ? end : never;
  }
  /// The end of the last window that holds a slice. Requires: there is one.
  [[nodiscard]] std::int64_t last_end(std::int64_t slice_start) const {
    return cumulative_ ? assigner_.start_of(slice_start, size_) + size_ : end_at_or_before(slice_start + size_);
  }
  /// Whether a window ends there.
  [[nodiscard]] bool ends_at(std::int64_t end) const { return end_at_or_after(end) == end; }
  /// The window that ends there. Requires: ends_at(end).
  [[nodiscard]] time_window ending(std::int64_t end) const {
    return {cumulative_ ? assigner_.start_of(end - 1, size_) : end - size_, end};
  }

 private:
  /// Windows end every step, cumulative ones counted from the beginning of their period.
  [[nodiscard]] std::int64_t end_at_or_before(std::int64_t at) const {
    const std::int64_t phase = cumulative_ ? 0 : size_ % step_;
    return assigner_.start_of(at - phase, step_) + phase;
  }
  [[nodiscard]] std::int64_t end_at_or_after(std::int64_t at) const {
    const std::int64_t before = end_at_or_before(at);
    return before == at ? at : before + step_;
  }

  window_assigner assigner_;
  bool cumulative_;
  std::int64_t size_;
  std::int64_t step_;
  std::int64_t slice_;
};

}  // namespace leat
