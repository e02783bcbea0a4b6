#include <leat/operators/window_assigner.hpp>

#include <chrono>

namespace leat {
namespace {

using shape = window_assigner::shape;
constexpr duration none{0};

}  // namespace

window_assigner tumbling_windows(duration size, duration offset) {
  LEAT_ASSERT(size > none, "a window has a size");
  LEAT_ASSERT(std::chrono::abs(offset) < size, "the offset of tumbling windows must be smaller than their size");
  return {shape::tumbling, size, size, offset};
}

window_assigner sliding_windows(duration size, duration slide, duration offset) {
  LEAT_ASSERT(size > none && slide > none, "sliding windows have a size and a slide");
  LEAT_ASSERT(std::chrono::abs(offset) < slide, "the offset of sliding windows must be smaller than their slide");
  return {shape::sliding, size, slide, offset};
}

window_assigner cumulative_windows(duration size, duration step, duration offset) {
  LEAT_ASSERT(step > none && size > none && size % step == none,
              "the size of cumulative windows must be a multiple of their step");
  LEAT_ASSERT(std::chrono::abs(offset) < size, "the offset of cumulative windows must be smaller than their size");
  return {shape::cumulative, size, step, offset};
}

window_assigner session_windows(duration gap) {
  LEAT_ASSERT(gap > none, "a session has a gap");
  return {shape::session, gap, gap, none};
}

window_assigner session_windows() { return {shape::session, none, none, none}; }

window_assigner global_windows() { return {shape::global, none, none, none}; }

window_assigner count_windows(std::int64_t count) { return count_windows(count, count); }

window_assigner count_windows(std::int64_t count, std::int64_t slide) {
  LEAT_ASSERT(count > 0 && slide > 0, "count windows have a count and a slide of at least one record");
  return {shape::global, duration{count}, duration{slide}, none};
}

}  // namespace leat
