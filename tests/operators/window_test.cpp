// Windows: four ways for each kind, and references computed from the whole input.

#include <leat/operators/sliced_window_operator.hpp>
#include <leat/operators/window_function.hpp>
#include <leat/operators/window_operator.hpp>

#include <doctest/doctest.h>

#include <leat/core/random.hpp>
#include <leat/testing/four_ways.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace {

using leat::duration;
using leat::event_time;
using leat::time_window;
using leat::watermark;

struct reading {
  std::uint32_t sensor;
  std::int64_t value;
  LEAT_FIELDS(sensor, value);
};
struct sum_of_window {
  std::uint32_t sensor;
  std::int64_t start;
  std::int64_t end;
  std::int64_t sum;
  LEAT_FIELDS(sensor, start, end, sum);
  auto operator<=>(const sum_of_window&) const = default;
};
using harness = leat::operator_harness<reading, sum_of_window>;
using step = leat::test_step<reading>;
using sums = std::multiset<sum_of_window>;

struct sensor_of {
  const std::uint32_t& operator()(const reading& r) const { return r.sensor; }
};
struct add_up {
  using accumulator = std::int64_t;
  void add(std::int64_t& sum, const reading& r) const { sum += r.value; }
  void merge(std::int64_t& sum, std::int64_t other) const { sum += other; }
  std::int64_t result(std::int64_t sum) const { return sum; }
};
struct emit_sum {
  void operator()(std::uint32_t sensor, const time_window& w, std::int64_t sum,
                  leat::output<sum_of_window>& out) const {
    out.emit({sensor, w.start_ms, w.end_ms, sum});
  }
};
struct emit_sum_of_all {
  void operator()(std::uint32_t sensor, const time_window& w, std::span<const leat::timed_record<reading>> all,
                  leat::output<sum_of_window>& out) const {
    std::int64_t sum = 0;
    for (const auto& r : all) sum += r.value.value;
    out.emit({sensor, w.start_ms, w.end_ms, sum});
  }
};
using adding = leat::window_aggregate<std::uint32_t, reading, sum_of_window, add_up, emit_sum>;
using listing = leat::window_process<std::uint32_t, reading, sum_of_window, emit_sum_of_all>;
using settings = leat::window_settings<reading>;

settings with(const leat::window_assigner& assigner, duration lateness = duration{0},
              leat::trigger_factory<reading> make_trigger = {}) {
  return {assigner, lateness, std::nullopt, {}, std::move(make_trigger)};
}

template <class Function>
std::function<std::unique_ptr<leat::stream_operator>()> windows(const settings& s, std::function<Function()> make) {
  return [=]() -> std::unique_ptr<leat::stream_operator> {
    if (s.make_trigger)
      return std::make_unique<leat::window_operator<Function, sensor_of, leat::window_firing::by_trigger>>(sensor_of{},
                                                                                                           make(), s);
    return std::make_unique<leat::window_operator<Function, sensor_of, leat::window_firing::at_end>>(sensor_of{},
                                                                                                     make(), s);
  };
}
auto adding_up_in_panes(const settings& s) {
  return windows<adding>(s, [] { return adding{{}, {}}; });
}
/// As an application gets it: in slices, where they are possible.
std::function<std::unique_ptr<leat::stream_operator>()> adding_up(const settings& s) {
  if (s.make_trigger || s.assigner.merges()) return adding_up_in_panes(s);
  return
      [s] { return std::make_unique<leat::sliced_window_operator<adding, sensor_of>>(sensor_of{}, adding{{}, {}}, s); };
}

harness::settings keyed() {
  harness::settings s;
  s.hash = [](const reading& r) { return leat::key_hash<std::uint32_t>{}(r.sensor); };
  return s;
}

/// Readings of five sensors whose times lag behind by up to 30 ms; the watermark lags 30 ms, or 15 where some are to be
/// late.
std::vector<step> random_steps(std::uint64_t seed, std::int64_t lag) {
  leat::random random{seed};
  std::vector<step> steps;
  std::int64_t now = 0;
  std::int64_t clock = 0;
  for (int i = 0; i < 120; ++i) {
    now += static_cast<std::int64_t>(random.below(random.below(20) == 0 ? 80 : 6));
    const auto what = random.below(12);
    if (what < 9)
      steps.emplace_back(std::pair{
          reading{static_cast<std::uint32_t>(random.below(5)), static_cast<std::int64_t>(random.below(9)) + 1},
          std::optional{event_time{now - static_cast<std::int64_t>(random.below(30))}}});
    else if (what < 11)
      steps.emplace_back(watermark{event_time{now - lag}});
    else
      steps.emplace_back(leat::processing_time{clock += static_cast<std::int64_t>(random.below(40))});
  }
  steps.emplace_back(leat::processing_time{clock + 10'000});
  steps.emplace_back(watermark::end());
  return steps;
}

void check_four_ways(const std::function<std::unique_ptr<leat::stream_operator>()>& make, std::int64_t lag = 30) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    CHECK(leat::differences_of_four_ways<reading, sum_of_window>(make, keyed(), random_steps(seed, lag)) == "");
  }
}

TEST_CASE("four ways: every shape of window, in event and in processing time") {
  for (const auto& w :
       {leat::tumbling_windows(duration{50}), leat::tumbling_windows(duration{50}, duration{-13}),
        leat::sliding_windows(duration{60}, duration{20}), leat::sliding_windows(duration{7}, duration{20}),
        leat::cumulative_windows(duration{100}, duration{25}), leat::session_windows(duration{12})}) {
    check_four_ways(adding_up(with(w)));
    check_four_ways(adding_up(with(w, duration{40})), 15);
    check_four_ways(adding_up(with(w.on_processing_time())));

    check_four_ways(windows<listing>(with(w), [] { return listing{{}, nullptr}; }));
  }
}

TEST_CASE("four ways: triggers and evictors") {
  using leat::trigger;
  const auto tumbling = leat::tumbling_windows(duration{50});
  const auto sessions = leat::session_windows(duration{12});
  const std::vector<leat::trigger_factory<reading>> triggers{
      [] { return std::make_unique<leat::event_time_trigger<reading>>(); },
      [] { return std::make_unique<leat::count_trigger<reading>>(3); },
      [] { return std::make_unique<leat::continuous_event_time_trigger<reading>>(duration{10}); },
      [] { return std::make_unique<leat::continuous_processing_time_trigger<reading>>(duration{10}); },
      [] {
        return std::make_unique<leat::purging_trigger<reading>>(std::make_unique<leat::count_trigger<reading>>(2));
      },
      [] {
        return std::make_unique<leat::processing_timeout_trigger<reading>>(
            std::make_unique<leat::count_trigger<reading>>(4), duration{15},
            leat::processing_timeout_trigger<reading>::settings{true, true});
      }};
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    CAPTURE(i);
    const auto& t = triggers[i];
    // A timer set behind the watermark fires with the next one; a restore, which tells it anew, would make it fire sooner.
    const std::int64_t lag = i == 2 ? 31 : 15;
    check_four_ways(adding_up(with(tumbling, duration{20}, t)), lag);
    check_four_ways(adding_up(with(sessions, duration{20}, t)), lag);
    check_four_ways(adding_up(with(leat::global_windows(), duration{0}, t)));
  }
  check_four_ways(
      windows<listing>(with(tumbling), [] { return listing{{}, std::make_unique<leat::count_evictor<reading>>(2)}; }));
}

struct timed {
  reading r;
  std::int64_t at;
};

std::vector<timed> readings_of(const std::vector<step>& steps) {
  std::vector<timed> all;
  for (const auto& s : steps)
    if (const auto* r = std::get_if<0>(&s)) all.push_back({r->first, r->second->ms()});
  return all;
}

/// Runs the steps with a restore at another parallelism before each `restore_every`-th; 0: never.
sums run(const settings& s, const std::vector<step>& steps, std::size_t restore_every = 0) {
  harness h{adding_up(s), keyed()};
  std::optional<watermark> last;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (restore_every != 0 && i % restore_every == restore_every - 1) {
      h.snapshot_and_restore(static_cast<std::uint32_t>(i % 3 + 1));
      if (last) h.advance_watermark(*last);
    }
    if (const auto* r = std::get_if<0>(&steps[i]))
      h.process(r->first, r->second);
    else if (const auto* w = std::get_if<watermark>(&steps[i]))
      h.advance_watermark(*(last = *w));
  }
  sums all;
  for (auto& v : h.take_values()) all.insert(v);
  CHECK(h.gauges().late_records == 0);
  CHECK(h.gauges().state_keys == 0);
  CHECK(h.gauges().timers == 0);
  return all;
}

TEST_CASE("any order within the watermark's bound gives the windows of the sorted input") {
  struct sliding_case {
    std::int64_t size, slide, offset;
  };
  for (const auto& c : {sliding_case{50, 50, 0}, {50, 50, 7}, {60, 20, 0}, {60, 25, -3}}) {
    CAPTURE(c.slide);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      const auto steps = random_steps(seed, 31);
      std::map<std::tuple<std::uint32_t, std::int64_t>, std::int64_t> reference;
      for (const auto& [r, at] : readings_of(steps))
        for (std::int64_t start = -10 * c.slide + c.offset; start <= at; start += c.slide)
          if (at < start + c.size) reference[{r.sensor, start}] += r.value;
      sums want;
      for (const auto& [key, sum] : reference)
        want.insert({std::get<0>(key), std::get<1>(key), std::get<1>(key) + c.size, sum});
      const auto s = with(leat::sliding_windows(duration{c.size}, duration{c.slide}, duration{c.offset}));
      CHECK(run(s, steps) == want);
      CHECK(run(s, steps, 7) == want);
    }
  }
}

TEST_CASE("slices and panes give the same results at the same watermarks, also for late records") {
  static const leat::output_tag<reading> late{"late"};
  auto keyed_with_late = keyed();
  keyed_with_late.side_outputs = {"late"};
  std::size_t late_records = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    leat::random random{seed};
    const auto any = [&](std::uint64_t most) { return duration{static_cast<std::int64_t>(random.below(most)) + 1}; };
    const auto pick = [&] {
      const duration slide = any(30);
      switch (random.below(3)) {
        case 0: return leat::tumbling_windows(slide, duration{0} - slide / 2);
        case 1: return leat::sliding_windows(any(60), slide, slide / 3);
        default: return leat::cumulative_windows(slide * (1 + static_cast<int>(random.below(5))), slide);
      }
    };
    auto s = with(pick(), random.below(2) == 0 ? duration{0} : any(50));
    s.late_output = late;
    harness sliced{adding_up(s), keyed_with_late};
    harness paned{adding_up_in_panes(s), keyed_with_late};
    for (const auto& next : random_steps(seed, static_cast<std::int64_t>(random.below(31)))) {
      const auto shown = [&](harness& h) {
        if (const auto* r = std::get_if<0>(&next))
          h.process(r->first, r->second);
        else if (const auto* w = std::get_if<watermark>(&next))
          h.advance_watermark(*w);
        std::multiset<std::tuple<std::int64_t, std::string>> all;
        for (const auto& e : h.take_output())
          if (const auto* r = std::get_if<leat::emitted<sum_of_window>>(&e))
            all.insert({r->at->ms(), leat::to_text(r->value)});
        for (const auto& r : h.take_side(late)) {
          all.insert({r.at->ms(), "late " + leat::to_text(r.value)});
          ++late_records;
        }
        return all;
      };
      CHECK((shown(sliced) == shown(paned)));
    }
    CHECK(sliced.gauges().late_records == paned.gauges().late_records);
    CHECK(sliced.gauges().state_keys == 0);
    CHECK(sliced.gauges().timers == 0);
  }
  CHECK(late_records > 100);
}

TEST_CASE("a window fires once, also where its slices are still needed") {
  const auto values = [](harness& h) {
    std::vector<std::pair<std::int64_t, std::int64_t>> all;  // (start, sum)
    for (const auto& v : h.take_values()) all.emplace_back(v.start, v.sum);
    return all;
  };
  using rows = std::vector<std::pair<std::int64_t, std::int64_t>>;
  const auto sliding = leat::sliding_windows(duration{60}, duration{20});

  SUBCASE("after a restore, before the watermark is back") {
    harness h{adding_up(with(sliding)), keyed()};
    h.process({1, 5}, event_time{10});
    h.advance_watermark({event_time{30}});
    CHECK(values(h) == rows{{-40, 5}});
    h.snapshot_and_restore(2);
    h.process({1, 7}, event_time{45});
    h.advance_watermark({event_time{60}});
    CHECK(values(h) == rows{{-20, 5}, {0, 12}});
    h.advance_watermark(watermark::end());
    CHECK(values(h) == rows{{20, 7}, {40, 7}});
  }
  SUBCASE("by the clock, when another record comes") {
    harness h{adding_up(with(sliding.on_processing_time())), keyed()};
    h.set_processing_time(leat::processing_time{10});
    h.process({1, 5}, std::nullopt);
    h.set_processing_time(leat::processing_time{30});
    CHECK(values(h) == rows{{-40, 5}});
    h.process({1, 7}, std::nullopt);
    h.set_processing_time(leat::processing_time{65});
    CHECK(values(h) == rows{{-20, 12}, {0, 12}});
    h.set_processing_time(leat::processing_time{1000});
    CHECK(values(h) == rows{{20, 7}});
  }
}

TEST_CASE("windows at the end of time neither overflow nor go on for ever") {
  for (const auto& w : {leat::tumbling_windows(duration{50}), leat::sliding_windows(duration{60}, duration{25}),
                        leat::cumulative_windows(duration{100}, duration{25})}) {
    harness h{adding_up(with(w, duration{1000})), keyed()};
    h.process({1, 5}, event_time{10});
    h.advance_watermark({event_time{std::numeric_limits<std::int64_t>::max() - 1}});
    h.process({1, 6}, event_time{20});
    h.advance_watermark(watermark::end());
    CHECK(h.gauges().state_keys == 0);
    CHECK(h.gauges().late_records == 1);
  }
}

TEST_CASE("sessions equal those found in the whole input") {
  constexpr std::int64_t gap = 12;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const auto steps = random_steps(seed, 31);
    std::map<std::uint32_t, std::vector<timed>> by_sensor;
    for (const auto& t : readings_of(steps)) by_sensor[t.r.sensor].push_back(t);
    sums want;
    for (auto& [sensor, all] : by_sensor) {
      std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
      for (std::size_t i = 0; i < all.size();) {
        sum_of_window w{sensor, all[i].at, all[i].at + gap, 0};
        for (; i < all.size() && all[i].at <= w.end; ++i) {
          w.sum += all[i].r.value;
          w.end = all[i].at + gap;
        }
        want.insert(w);
      }
    }
    CHECK(run(with(leat::session_windows(duration{gap})), steps) == want);
    CHECK(run(with(leat::session_windows(duration{gap})), steps, 5) == want);
  }
}

TEST_CASE("a window needs event times, and says how to get them") {
  harness h{adding_up(with(leat::tumbling_windows(duration{50}))), keyed()};
  CHECK_THROWS_WITH_AS(h.process({1, 1}, std::nullopt),
                       "invalid_argument: operator 'under-test' has windows of event time, and its records have none; "
                       "call event_time on "
                       "the stream before key_by, or use on_processing_time()",
                       leat::operator_failure);
}

/// Emits how many of a window's readings are new since it fired last.
struct emit_new_readings {
  void operator()(std::uint32_t sensor, const time_window& w, std::span<const leat::timed_record<reading>> all,
                  std::int64_t& seen, leat::output<sum_of_window>& out) const {
    const auto count = static_cast<std::int64_t>(all.size());
    out.emit({sensor, w.start_ms, w.end_ms, count - seen});
    seen = count;
  }
};
using counting_new =
    leat::window_process_remembering<std::uint32_t, reading, sum_of_window, std::int64_t, emit_new_readings>;

TEST_CASE("a window's state lasts from firing to firing, and ends with the window") {
  const auto s = with(leat::tumbling_windows(duration{50}), duration{20});
  harness h{windows<counting_new>(s, [] { return counting_new{{}, nullptr}; }), keyed()};
  h.process({1, 5}, event_time{10});
  h.process({1, 5}, event_time{11});
  h.advance_watermark({event_time{49}});
  h.snapshot_and_restore(2);
  h.advance_watermark({event_time{49}});
  h.process({1, 6}, event_time{12});  // late, but allowed
  h.process({1, 6}, event_time{60});
  h.advance_watermark({event_time{200}});
  std::vector<std::int64_t> fired;
  for (const auto& v : h.take_values()) fired.push_back(v.sum);
  CHECK(fired == std::vector<std::int64_t>{2, 1, 1});
  CHECK(h.gauges().state_keys == 0);
}

/// Numbers the firings of a window and counts what each of them has.
struct emit_numbered {
  void operator()(std::uint32_t sensor, const time_window& w, std::span<const leat::timed_record<reading>> all,
                  std::int64_t& firings, leat::output<sum_of_window>& out) const {
    out.emit({sensor, w.start_ms, w.end_ms, ++firings * 100 + static_cast<std::int64_t>(all.size())});
  }
};
using numbering = leat::window_process_remembering<std::uint32_t, reading, sum_of_window, std::int64_t, emit_numbered>;

TEST_CASE("purging empties a window and leaves its state; four ways") {
  const auto s = with(leat::tumbling_windows(duration{50}), duration{0}, [] {
    return std::make_unique<leat::purging_trigger<reading>>(std::make_unique<leat::count_trigger<reading>>(2));
  });
  const auto make = windows<numbering>(s, [] { return numbering{{}, nullptr}; });
  harness h{make, keyed()};
  for (int i = 0; i < 5; ++i) h.process({1, 5}, event_time{10});
  std::vector<std::int64_t> fired;
  for (const auto& v : h.take_values()) fired.push_back(v.sum);
  CHECK(fired == std::vector<std::int64_t>{102, 202});
  check_four_ways(make);
}

TEST_CASE("late records go to their output, or are counted") {
  static const leat::output_tag<reading> late{"late"};
  auto s = with(leat::tumbling_windows(duration{50}), duration{10});
  for (const bool named : {false, true}) {
    if (named) s.late_output = late;
    auto hs = keyed();
    hs.side_outputs = {"late"};
    harness h{adding_up(s), hs};
    h.process({1, 5}, event_time{10});
    h.advance_watermark({event_time{55}});  // fires [0, 50)
    h.process({1, 6}, event_time{20});      // late, but allowed: fires again
    h.advance_watermark({event_time{59}});  // the last moment: 49 + 10
    h.process({1, 7}, event_time{30});      // too late
    std::vector<std::int64_t> fired;
    for (const auto& v : h.take_values()) fired.push_back(v.sum);
    CHECK(fired == std::vector<std::int64_t>{5, 11});
    CHECK(h.take_side(late).size() == (named ? 1U : 0U));
    CHECK(h.gauges().late_records == (named ? 0U : 1U));
  }
}

}  // namespace
