// Windows against published rows: facts from the streaming tests of RisingWave (github risingwavelabs/risingwave,
// e2e_test/streaming: time_window.slt and eowc/eowc_group_agg.slt; Apache License 2.0). Times are minutes of a day.

#include <leat/operators/window_function.hpp>
#include <leat/operators/window_operator.hpp>

#include <doctest/doctest.h>

#include <leat/operators/watermark_strategy.hpp>
#include <leat/testing/operator_harness.hpp>

#include <set>
#include <tuple>
#include <vector>

namespace {

using namespace std::chrono_literals;
using leat::event_time;
using leat::time_window;

struct trip {
  std::uint32_t uid;
  std::int64_t v;
  LEAT_FIELDS(uid, v);
};
struct result_row {
  std::uint32_t uid;
  std::int64_t start;
  std::int64_t value;
  LEAT_FIELDS(uid, start, value);
  auto operator<=>(const result_row&) const = default;
};
using harness = leat::operator_harness<trip, result_row>;
using rows = std::multiset<result_row>;

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t at(std::int64_t hours, std::int64_t minutes) { return (hours * 60 + minutes) * minute; }

struct sum {
  using accumulator = std::int64_t;
  void add(std::int64_t& so_far, const trip& t) const { so_far += t.v; }
  void merge(std::int64_t& so_far, std::int64_t other) const { so_far += other; }
  std::int64_t result(std::int64_t so_far) const { return so_far; }
};
struct greatest {
  using accumulator = std::int64_t;
  void add(std::int64_t& so_far, const trip& t) const { so_far = std::max(so_far, t.v); }
  void merge(std::int64_t& so_far, std::int64_t other) const { so_far = std::max(so_far, other); }
  std::int64_t result(std::int64_t so_far) const { return so_far; }
};
struct emit_row {
  void operator()(std::uint32_t uid, const time_window& w, std::int64_t value, leat::output<result_row>& to) const {
    to.emit({uid, w.start_ms, value});
  }
};
struct uid_of {
  const std::uint32_t& operator()(const trip& t) const { return t.uid; }
};

template <class Aggregate>
harness windows(const leat::window_assigner& assigner) {
  harness::settings s;
  s.hash = [](const trip& t) { return leat::key_hash<std::uint32_t>{}(t.uid); };
  using function = leat::window_aggregate<std::uint32_t, trip, result_row, Aggregate, emit_row>;
  return {[assigner]() -> std::unique_ptr<leat::stream_operator> {
            const leat::window_settings<trip> settings{assigner, 0ms, {}, {}, {}};
            return std::make_unique<leat::window_operator<function, uid_of, leat::window_firing::at_end>>(
                uid_of{}, function{{}, {}}, settings);
          },
          s};
}

struct timed_trip {
  trip t;
  std::int64_t at_ms;
};
const std::vector<timed_trip> trips{{{1, 4}, at(10, 0)},  {{3, 3}, at(10, 5)},  {{2, 2}, at(10, 14)},
                                    {{1, 1}, at(10, 22)}, {{3, 5}, at(10, 33)}, {{2, 7}, at(10, 42)},
                                    {{1, 6}, at(10, 51)}, {{3, 8}, at(11, 2)}};

/// The sums of v by window, by uid if asked.
rows sums(const leat::window_assigner& assigner, bool by_uid) {
  harness h = windows<sum>(assigner);
  for (const auto& [t, at_ms] : trips) h.process({by_uid ? t.uid : 0, t.v}, event_time{at_ms});
  h.advance_watermark(leat::watermark::end());
  rows all;
  for (const auto& r : h.take_values()) all.insert(r);
  return all;
}

TEST_CASE("windows of 30 min every 15 min: which ones a time belongs to") {
  const auto hops = leat::sliding_windows(30min, 15min);
  const std::vector<std::set<std::int64_t>> want{
      {at(9, 45), at(10, 0)},   {at(9, 45), at(10, 0)},   {at(9, 45), at(10, 0)},   {at(10, 0), at(10, 15)},
      {at(10, 15), at(10, 30)}, {at(10, 15), at(10, 30)}, {at(10, 30), at(10, 45)}, {at(10, 45), at(11, 0)}};
  for (std::size_t i = 0; i < trips.size(); ++i) {
    CAPTURE(i);
    std::set<std::int64_t> starts;
    hops.assign(trips[i].at_ms, [&](const time_window& w) {
      CHECK(w.end_ms == w.start_ms + 30 * minute);
      starts.insert(w.start_ms);
    });
    CHECK(starts == want[i]);
  }
}

TEST_CASE("sums of tumbling windows") {
  const auto half_hours = leat::tumbling_windows(30min);
  CHECK(sums(half_hours, false) == rows{{0, at(10, 0), 10}, {0, at(10, 30), 18}, {0, at(11, 0), 8}});
  CHECK(sums(half_hours, true) == rows{{1, at(10, 0), 5},
                                       {2, at(10, 0), 2},
                                       {3, at(10, 0), 3},
                                       {1, at(10, 30), 6},
                                       {2, at(10, 30), 7},
                                       {3, at(10, 30), 5},
                                       {3, at(11, 0), 8}});
}

TEST_CASE("sums of sliding windows") {
  const auto hops = leat::sliding_windows(30min, 15min);
  CHECK(sums(hops, false) == rows{{0, at(9, 45), 9},
                                  {0, at(10, 0), 10},
                                  {0, at(10, 15), 13},
                                  {0, at(10, 30), 18},
                                  {0, at(10, 45), 14},
                                  {0, at(11, 0), 8}});
  CHECK(sums(hops, true) == rows{{1, at(9, 45), 4},
                                 {2, at(9, 45), 2},
                                 {3, at(9, 45), 3},
                                 {1, at(10, 0), 5},
                                 {2, at(10, 0), 2},
                                 {3, at(10, 0), 3},
                                 {1, at(10, 15), 1},
                                 {2, at(10, 15), 7},
                                 {3, at(10, 15), 5},
                                 {1, at(10, 30), 6},
                                 {2, at(10, 30), 7},
                                 {3, at(10, 30), 5},
                                 {1, at(10, 45), 6},
                                 {3, at(10, 45), 8},
                                 {3, at(11, 0), 8}});
}

TEST_CASE("a window is seen once the watermark, 5 min behind the newest time, has passed its end") {
  harness h = windows<greatest>(leat::tumbling_windows(1h));
  leat::watermark_generator watermarks{leat::bounded_out_of_orderness(5min)};
  const auto insert = [&](const std::vector<timed_trip>& some) {
    for (const auto& [t, at_ms] : some) {
      h.process(t, event_time{at_ms});
      watermarks.observe(at_ms);
      if (const auto w = watermarks.emit(leat::processing_time{0}).advanced) h.advance_watermark(*w);
    }
    rows seen;
    for (const auto& r : h.take_values()) seen.insert(r);
    return seen;
  };
  CHECK(insert({{{0, 1}, at(16, 51)},
                {{0, 8}, at(16, 56)},
                {{0, 3}, at(17, 30)},
                {{0, 4}, at(17, 59)},
                {{0, 6}, at(18, 1)}}) == rows{{0, at(16, 0), 8}});
  CHECK(insert({{{0, 7}, at(18, 10)}}) == rows{{0, at(17, 0), 4}});
}

}  // namespace
