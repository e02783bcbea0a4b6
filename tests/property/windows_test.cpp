// Windows of whole jobs equal those of a reference that knows the whole input: for any order of arrival within the
// watermark's bound, parallelism, batch size, and wherever the job is killed.

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <leat/leat.hpp>
#include <leat/windows.hpp>

#include "whole_job.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

using leat::duration;
using leat::event_time;
using leat::time_window;
using namespace whole_job;

struct reading {
  std::uint32_t sensor = 0;
  std::int64_t value = 0;
  event_time at;
  LEAT_FIELDS(sensor, value, at);
};

struct window_sum {
  std::uint32_t sensor = 0;
  event_time start;
  event_time end;
  std::int64_t sum = 0;
  LEAT_FIELDS(sensor, start, end, sum);
};

struct position {
  std::uint64_t i = 0;
  LEAT_FIELDS(i);
};

struct add_up {
  using accumulator = std::int64_t;
  void add(std::int64_t& sum, const reading& r) const { sum += r.value; }
  void merge(std::int64_t& sum, std::int64_t other) const { sum += other; }
  std::int64_t result(std::int64_t sum) const { return sum; }
};

constexpr std::int64_t bound = 30;
constexpr std::uint32_t no_sensor = 1000;  ///< of windows of all

/// Up to 600 readings of a few sensors; each comes at most `bound` ms after a newer one.
std::vector<reading> any_readings() {
  leat::random chance{any_of<std::uint64_t>(0, 1'000'000)};
  std::vector<reading> readings(any_of<std::size_t>(0, 600));
  std::int64_t now = 0;
  for (reading& r : readings) {
    now += static_cast<std::int64_t>(chance.below(chance.below(30) == 0 ? 100 : 5));
    r = {static_cast<std::uint32_t>(chance.below(6)), static_cast<std::int64_t>(chance.below(100)) + 1,
         event_time{now - static_cast<std::int64_t>(chance.below(bound + 1))}};
  }
  return readings;
}

leat::stream<reading> add_readings(leat::application& app, const std::vector<reading>& readings) {
  return app
      .source("readings",
              leat::generate(position{}, [&readings](position& p) { return readings[p.i++]; }).limit(readings.size()))
      .event_time(&reading::at, leat::bounded_out_of_orderness(duration{bound}));
}

/// Of each sensor and of all.
void describe(leat::application& app, const std::vector<reading>& readings, const leat::window_assigner& assigner) {
  auto all = add_readings(app, readings);
  all.key_by(&reading::sensor)
      .window(assigner)
      .aggregate<window_sum>("sums", add_up{},
                             [](std::uint32_t sensor, const time_window& w, std::int64_t sum,
                                leat::output<window_sum>& to) { to.emit({sensor, w.start(), w.end(), sum}); })
      .sink("files", leat::csv_sink<window_sum>("sums"));
  all.window_all(assigner)
      .aggregate<window_sum>("sums of all", add_up{},
                             [](const time_window& w, std::int64_t sum, leat::output<window_sum>& to) {
                               to.emit({no_sensor, w.start(), w.end(), sum});
                             })
      .sink("files of all", leat::csv_sink<window_sum>("sums-of-all"));
}

std::string row(std::uint32_t sensor, std::int64_t start, std::int64_t end, std::int64_t sum) {
  return std::to_string(sensor) + "," + std::to_string(start) + "," + std::to_string(end) + "," + std::to_string(sum);
}

/// What a reference makes of the readings of a sensor, in order of arrival.
using reference = std::function<void(std::uint32_t, std::vector<reading>, std::multiset<std::string>&)>;

std::multiset<std::string> expected(const std::vector<reading>& readings, const reference& windows_of) {
  std::map<std::uint32_t, std::vector<reading>> by_sensor;
  for (const reading& r : readings) {
    by_sensor[r.sensor].push_back(r);
    by_sensor[no_sensor].push_back(r);
  }
  std::multiset<std::string> rows;
  for (const auto& [sensor, own] : by_sensor) windows_of(sensor, own, rows);
  return rows;
}

/// All windows [start, start + size) with start a multiple of slide, from far before the first time on.
reference sliding(std::int64_t size, std::int64_t slide) {
  return [=](std::uint32_t sensor, const std::vector<reading>& own, std::multiset<std::string>& rows) {
    std::map<std::int64_t, std::int64_t> sums;
    for (const reading& r : own)
      for (std::int64_t start = -slide * 100; start <= r.at.ms(); start += slide)
        if (r.at.ms() < start + size) sums[start] += r.value;
    for (const auto& [start, sum] : sums) rows.insert(row(sensor, start, start + size, sum));
  };
}

/// Sorted by time, cut where the next is further away than the gap.
reference sessions(std::int64_t gap) {
  return [=](std::uint32_t sensor, std::vector<reading> own, std::multiset<std::string>& rows) {
    std::sort(own.begin(), own.end(), [](const reading& a, const reading& b) { return a.at < b.at; });
    for (std::size_t i = 0; i < own.size();) {
      const std::int64_t start = own[i].at.ms();
      std::int64_t sum = own[i].value;
      for (++i; i < own.size() && own[i].at.ms() - own[i - 1].at.ms() <= gap; ++i) sum += own[i].value;
      rows.insert(row(sensor, start, own[i - 1].at.ms() + gap, sum));
    }
  };
}

/// After every `slide` readings, the last `count`; a rest of fewer than `slide` makes no window.
reference counted(std::size_t count, std::size_t slide) {
  return [=](std::uint32_t sensor, const std::vector<reading>& own, std::multiset<std::string>& rows) {
    const time_window w = time_window::global();
    for (std::size_t end = slide; end <= own.size(); end += slide) {
      std::int64_t sum = 0;
      for (std::size_t i = end - std::min(count, end); i < end; ++i) sum += own[i].value;
      rows.insert(row(sensor, w.start_ms, w.end_ms, sum));
    }
  };
}

struct kind {
  std::string name;
  leat::window_assigner assigner;
  reference windows_of;
};

kind any_kind() {
  const auto size = any_of<std::int64_t>(1, 120);
  const auto slide = any_of<std::int64_t>(5, 120);
  const auto numbers = std::to_string(size) + ", " + std::to_string(slide);
  switch (any_of(0, 5)) {
    case 0: return {"tumbling " + numbers, leat::tumbling_windows(duration{slide}), sliding(slide, slide)};
    case 1: return {"sliding " + numbers, leat::sliding_windows(duration{size}, duration{slide}), sliding(size, slide)};
    case 2: return {"sessions " + numbers, leat::session_windows(duration{size}), sessions(size)};
    case 3:
      return {"counts " + numbers, leat::count_windows(size),
              counted(static_cast<std::size_t>(size), static_cast<std::size_t>(size))};
    default:
      return {"sliding counts " + numbers, leat::count_windows(size, slide),
              counted(static_cast<std::size_t>(size), static_cast<std::size_t>(slide))};
  }
}

template <class Run>
void check_windows(Run run) {
  const auto readings = any_readings();
  const kind k = any_kind();
  RC_LOG(k.name);
  leat::memory_file_system files;
  leat::application app{"property"};
  describe(app, readings, k.assigner);
  run(app, files);
  auto got = committed(files, "sums");
  got.merge(committed(files, "sums-of-all"));
  RC_ASSERT(got == expected(readings, k.windows_of));
}

TEST_CASE("windows are those of the whole input") {
  CHECK(rc::check("windows whatever the order", [] { check_windows(run_through); }));
}

TEST_CASE("windows are those of the whole input wherever the job is killed") {
  CHECK(rc::check("windows whatever the restarts", [] { check_windows(run_with_kills); }));
}

}  // namespace
