// A job's output does not depend on how it is run: on parallelism, batch size, order of what is concurrent, nor on where
// it is killed and with which parallelism it goes on.

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <leat/leat.hpp>

#include "whole_job.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using leat::event_time;
using namespace whole_job;

struct reading {
  std::uint32_t sensor = 0;
  std::int64_t value = 0;
  event_time at;
  LEAT_FIELDS(sensor, value, at);
};

struct total {
  std::uint32_t sensor = 0;
  std::int64_t sum = 0;
  std::int64_t count = 0;
  event_time end;
  LEAT_FIELDS(sensor, sum, count, end);
};

struct position {
  std::uint64_t i = 0;
  LEAT_FIELDS(i);
};

/// Sums per sensor and 20 ms, emitted by an event-time timer.
class per_interval : public leat::keyed_process<std::uint32_t, reading, total> {
 public:
  void process(const reading& r, context& ctx, leat::output<total>&) override {
    const std::int64_t end = r.at.ms() / 20 * 20 + 19;
    total& t = open_.at(end);
    t = {r.sensor, t.sum + r.value, t.count + 1, event_time{end}};
    ctx.register_event_timer(event_time{end});
  }
  void on_timer(const leat::timer& t, context&, leat::output<total>& out) override {
    out.emit(open_.at(t.at_ms));
    open_.remove(t.at_ms);
  }

 private:
  leat::map_state<std::int64_t, total> open_{*this, "open"};
};

/// Up to 1500, whose times rise by 0 to 3 ms.
std::vector<reading> any_readings() {
  leat::random chance{any_of<std::uint64_t>(0, 1'000'000)};
  std::vector<reading> readings(any_of<std::size_t>(0, 1500));
  std::int64_t now = 0;
  for (reading& r : readings) {
    now += static_cast<std::int64_t>(chance.below(4));
    r = {static_cast<std::uint32_t>(chance.below(30)), static_cast<std::int64_t>(chance.below(100)) - 5,
         event_time{now}};
  }
  return readings;
}

/// Two sources, of which each yields every other reading.
void describe(leat::application& app, const std::vector<reading>& readings) {
  const auto half = [&readings](std::size_t first) {
    return leat::generate(position{}, [&readings, first](position& p) { return readings[2 * p.i++ + first]; })
        .limit((readings.size() + 1 - first) / 2);
  };
  auto even = app.source("even", half(0)).event_time(&reading::at, leat::monotonous());
  auto odd = app.source("odd", half(1)).event_time(&reading::at, leat::monotonous());
  even.merge(odd, "both")
      .filter([](const reading& r) { return r.value >= 0; }, "good")
      .rebalance()
      .map([](const reading& r) { return reading{r.sensor, 2 * r.value, r.at}; }, "doubled")
      .key_by(&reading::sensor)
      .process<per_interval>("per-interval")
      .rebalance()
      .sink("totals", leat::csv_sink<total>("totals"));
}

std::multiset<std::string> expected(const std::vector<reading>& readings) {
  std::map<std::pair<std::int64_t, std::uint32_t>, std::pair<std::int64_t, std::int64_t>> all;
  for (const reading& r : readings) {
    if (r.value < 0) continue;
    auto& [sum, count] = all[{r.at.ms() / 20 * 20 + 19, r.sensor}];
    sum += 2 * r.value;
    ++count;
  }
  std::multiset<std::string> lines;
  for (const auto& [key, value] : all)
    lines.insert(std::to_string(key.second) + "," + std::to_string(value.first) + "," + std::to_string(value.second) +
                 "," + std::to_string(key.first));
  return lines;
}

TEST_CASE("any parallelism, batch size and order of events gives the same output") {
  CHECK(rc::check("output whatever the parallelism", [] {
    const auto readings = any_readings();
    leat::memory_file_system files;
    leat::application app{"property"};
    describe(app, readings);
    run_through(app, files);
    RC_ASSERT(committed(files, "totals") == expected(readings));
  }));
}

TEST_CASE("killed at any step and restored at another parallelism, the output is the same") {
  CHECK(rc::check("output whatever the restarts", [] {
    const auto readings = any_readings();
    leat::memory_file_system files;
    leat::application app{"property"};
    describe(app, readings);
    run_with_kills(app, files);
    RC_ASSERT(committed(files, "totals") == expected(readings));
  }));
}

}  // namespace
