// A job's output does not depend on how it is run: on parallelism, batch size, order of what is concurrent, nor on where
// it is killed and with which parallelism it goes on.

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <leat/core/random.hpp>
#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using leat::event_time;

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

/// Anything in [low, high) from the first try on, where rapidcheck would begin with small numbers: what is to be tested
/// here happens only in jobs that last.
template <class T>
T any_of(T low, T high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}

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

/// The rows of all committed part files.
std::multiset<std::string> committed(leat::file_system& files) {
  std::multiset<std::string> lines;
  if (!files.exists("totals")) return lines;
  const auto entries = files.list("totals").value();
  for (const auto& e : entries) {
    if (!e.name.starts_with("part-") || !e.name.ends_with(".csv")) continue;
    const std::string text = files.read_all("totals/" + e.name).value();
    for (std::size_t at = text.find('\n') + 1; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      lines.insert(text.substr(at, end - at));
      at = end + 1;
    }
  }
  return lines;
}

leat::job_options any_options(leat::file_system& files) {
  leat::job_options o;
  o.parallelism = any_of(1U, 9U);
  o.batch_records_max = any_of<std::size_t>(0, 10);
  o.checkpoint_interval = leat::duration{any_of(1, 3)};
  o.state_files = &files;
  return o;
}

/// Any options, in words for the report of a failure.
std::string words(const leat::job_options& o, std::uint64_t seed) {
  return "parallelism " + std::to_string(o.parallelism) + ", batches of " + std::to_string(o.batch_records_max) +
         ", seed " + std::to_string(seed);
}

TEST_CASE("any parallelism, batch size and order of events gives the same output") {
  CHECK(rc::check("output whatever the parallelism", [] {
    const auto readings = any_readings();
    leat::memory_file_system files;
    leat::application app{"property"};
    describe(app, readings);
    const auto options = any_options(files);
    const auto seed = any_of<std::uint64_t>(0, 1'000'000);
    RC_LOG(words(options, seed));
    auto job = leat::simulate(app, options, seed);
    if (!job) RC_FAIL(job.error().message());
    const auto report = (*job)->run(1'000'000);
    if (!report) RC_FAIL(report.error().message());
    RC_ASSERT(committed(files) == expected(readings));
  }));
}

TEST_CASE("killed at any step and restored at another parallelism, the output is the same") {
  CHECK(rc::check("output whatever the restarts", [] {
    const auto readings = any_readings();
    leat::memory_file_system files;
    leat::application app{"property"};
    describe(app, readings);
    bool done = false;
    for (int starts = 0; !done; ++starts) {
      const auto options = any_options(files);
      const auto seed = any_of<std::uint64_t>(0, 1'000'000);
      const std::uint64_t steps = starts < 4 ? any_of<std::uint64_t>(10, 4000) : 1'000'000;
      RC_LOG(words(options, seed) + ", killed after step " + std::to_string(steps));
      auto job = leat::simulate(app, options, seed);
      if (!job) RC_FAIL(job.error().message());
      const auto report = (*job)->run(steps);
      done = report.has_value();
      if (done) continue;
      RC_ASSERT(report.error().code == leat::errc::cancelled);
      (*job)->kill();
      job->reset();
      leat::random chance{seed};
      if (chance.below(2) == 0) files.lose_power(chance);
    }
    RC_ASSERT(committed(files) == expected(readings));
  }));
}

}  // namespace
