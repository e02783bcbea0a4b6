#include <leat/testing/simulation.hpp>

#include <doctest/doctest.h>

#include <leat/leat.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace {

using leat::event_time;

struct reading {
  std::uint32_t sensor;
  std::int64_t value;
  event_time at;
  LEAT_FIELDS(sensor, value, at);
  auto operator<=>(const reading&) const = default;
};

struct total {
  std::uint32_t sensor;
  std::int64_t sum;
  std::int64_t count;
  event_time end;
  LEAT_FIELDS(sensor, sum, count, end);
  auto operator<=>(const total&) const = default;
};

struct position {
  std::uint64_t i = 0;
  LEAT_FIELDS(i);
};

constexpr std::uint64_t readings = 2000;
constexpr std::uint32_t sensors = 11;

reading nth(std::uint64_t i) {
  return {static_cast<std::uint32_t>(i * 7 % sensors), static_cast<std::int64_t>(i % 5),
          event_time{static_cast<std::int64_t>(i)}};
}

/// Sums per sensor and 100 ms, emitted by an event-time timer; a processing-time timer counts how often it rang.
class per_interval : public leat::keyed_process<std::uint32_t, reading, total> {
 public:
  void process(const reading& r, context& ctx, leat::output<total>&) override {
    const std::int64_t end = r.at.ms() / 100 * 100 + 99;
    total& t = open_.at(end);
    t = {r.sensor, t.sum + r.value, t.count + 1, event_time{end}};
    ctx.register_event_timer(event_time{end});
    ctx.register_processing_timer(ctx.now() + leat::duration{3});
  }
  void on_timer(const leat::timer& t, context&, leat::output<total>& out) override {
    if (t.domain == leat::time_domain::processing) {
      rang_.at() += 1;
      return;
    }
    out.emit(open_.at(t.at_ms));
    open_.remove(t.at_ms);
  }

 private:
  leat::map_state<std::int64_t, total> open_{*this, "open"};
  leat::value_state<std::int64_t> rang_{*this, "rang"};
};

/// Two sources of which each yields every other reading, two keyed subtasks, two sinks: with coordinator and store eight
/// actors.
void describe(leat::application& app, const std::string& to) {
  const auto half = [](std::uint64_t first) {
    return leat::generate(position{}, [first](position& p) { return nth(2 * p.i++ + first); }).limit(readings / 2);
  };
  auto even = app.source("even", half(0)).event_time(&reading::at, leat::monotonous());
  auto odd = app.source("odd", half(1)).event_time(&reading::at, leat::monotonous());
  even.merge(odd, "both")
      .key_by(&reading::sensor)
      .process<per_interval>("per-interval")
      .rebalance()
      .sink("totals", leat::csv_sink<total>(to));
}

std::multiset<std::string> expected() {
  std::map<std::pair<std::int64_t, std::uint32_t>, std::pair<std::int64_t, std::int64_t>> all;
  for (std::uint64_t i = 0; i < readings; ++i) {
    const reading r = nth(i);
    auto& [sum, count] = all[{r.at.ms() / 100 * 100 + 99, r.sensor}];
    sum += r.value;
    ++count;
  }
  std::multiset<std::string> lines;
  for (const auto& [key, value] : all)
    lines.insert(std::to_string(key.second) + "," + std::to_string(value.first) + "," + std::to_string(value.second) +
                 "," + std::to_string(key.first));
  return lines;
}

/// The rows of all committed part files.
std::multiset<std::string> committed(leat::file_system& files, const std::string& directory) {
  std::multiset<std::string> lines;
  const auto entries = files.list(directory);
  REQUIRE(entries);
  for (const auto& e : *entries) {
    if (!e.name.starts_with("part-") || !e.name.ends_with(".csv")) continue;
    const auto text = files.read_all(directory + "/" + e.name);
    REQUIRE(text);
    for (std::size_t at = text->find('\n') + 1; at < text->size();) {
      const std::size_t end = text->find('\n', at);
      lines.insert(text->substr(at, end - at));
      at = end + 1;
    }
  }
  return lines;
}

leat::job_options options(leat::file_system& files) {
  leat::job_options o;
  o.parallelism = 2;
  o.batch_records_max = 4;
  o.checkpoint_interval = leat::duration{2};
  o.state_files = &files;
  o.restarts = leat::restart_strategy::fixed_delay(3, leat::duration{10});
  return o;
}

struct outcome {
  std::uint64_t trace = 0;
  std::uint64_t steps = 0;
  std::uint64_t checkpoints = 0;
};

outcome run_once(std::uint64_t seed) {
  leat::memory_file_system files;
  leat::application app{"simulated"};
  describe(app, "totals");
  auto job = leat::simulate(app, options(files), seed);
  REQUIRE(job);
  const auto report = (*job)->run(1'000'000);
  REQUIRE(report);
  CHECK(report->state == leat::job_state::finished);
  CHECK(committed(files, "totals") == expected());
  return {(*job)->trace(), (*job)->steps(), report->checkpoints_completed};
}

TEST_CASE("a thousand seeds: another order each, the same output; the same seed, the same run") {
  std::set<std::uint64_t> traces;
  std::uint64_t checkpoints = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    const outcome o = run_once(seed);
    traces.insert(o.trace);
    checkpoints += o.checkpoints;
    const outcome again = run_once(seed);
    CHECK(again.trace == o.trace);
    CHECK(again.steps == o.steps);
  }
  CHECK(traces.size() == 1000);
  CHECK(checkpoints >= 2000);  // the final one and at least one more each, on average
}

TEST_CASE("killed at any step, with or without loss of power, and started again: the output is complete and single") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    leat::random chance{seed};
    leat::memory_file_system files;
    leat::application app{"simulated"};
    describe(app, "totals");
    bool done = false;
    int starts = 0;
    for (; !done; ++starts) {
      REQUIRE(starts < 50);
      auto job = leat::simulate(app, options(files), chance.next());
      REQUIRE(job);
      const auto report = (*job)->run(starts < 5 ? 20 + chance.below(1200) : 1'000'000);
      done = report.has_value();
      if (done) continue;
      REQUIRE(report.error().code == leat::errc::cancelled);
      (*job)->kill();
      job->reset();
      if (chance.below(2) == 0) files.lose_power(chance);
    }
    CHECK(committed(files, "totals") == expected());
  }
}

/// With as many checkpoints as there can be.
leat::job_options busy_options(leat::file_system& state, leat::file_system& files) {
  auto o = options(state);
  o.files = &files;
  o.batch_records_max = 1;
  o.checkpoint_interval = leat::duration{1};
  return o;
}

/// What becomes of a job: its report, or why it did not begin or failed.
leat::result<leat::job_report> run_to_end(const leat::job_options& o, std::uint64_t seed,
                                          std::optional<leat::checkpoint_id>& last) {
  leat::application app{"simulated"};
  describe(app, "totals");
  LEAT_TRY(job, leat::simulate(app, o, seed));
  auto report = job->run(1'000'000);
  if (const auto seen = job->status()->read().last_checkpoint) last = seen->id;
  return report;
}

/// The disk has room again, perhaps after a loss of power: the job goes on from the last checkpoint that it told of.
void check_goes_on(leat::memory_file_system& files, const leat::job_options& o, std::uint64_t seed,
                   const std::optional<leat::checkpoint_id>& last) {
  std::optional<leat::checkpoint_id> now;
  const auto report = run_to_end(o, seed, now);
  REQUIRE_MESSAGE(report.has_value(), report.error().message());
  CHECK(report->state == leat::job_state::finished);
  if (last) {
    REQUIRE(report->restored_from);
    CHECK(*report->restored_from >= *last);
  }
  CHECK(committed(files, "totals") == expected());
}

TEST_CASE("the state's disk is full from any write on: a clear error, the last checkpoint intact, and it goes on") {
  std::uint64_t writes = 0;
  {
    leat::memory_file_system state;
    leat::memory_file_system files;
    std::optional<leat::checkpoint_id> last;
    REQUIRE(run_to_end(busy_options(state, files), 1, last));
    writes = state.writes();
  }
  CHECK(writes > 50);
  std::uint64_t with_checkpoint = 0;
  for (std::uint64_t at = 1; at <= writes; ++at) {
    CAPTURE(at);
    leat::memory_file_system state;
    leat::memory_file_system files;
    auto o = busy_options(state, files);
    o.restarts = leat::restart_strategy::fixed_delay(1, leat::duration{10});
    state.inject({.first = at, .count = leat::memory_file_system::write_fault::for_good, .code = leat::errc::no_space});
    std::optional<leat::checkpoint_id> last;
    const auto report = run_to_end(o, 1, last);
    if (!report) {
      CHECK(report.error().code == leat::errc::no_space);
      const bool names_it = report.error().detail.find("state") != std::string::npos;
      CHECK_MESSAGE((names_it || report.error().detail.starts_with("cannot sync directory .: ")),
                    report.error().detail);
    }
    with_checkpoint += last ? 1 : 0;
    state.heal();
    if (at % 2 == 0) state.lose_power();
    if (at % 4 == 0) files.lose_power();
    check_goes_on(files, o, at, last);
  }
  CHECK(with_checkpoint > writes / 2);
}

TEST_CASE("one disk for state and output is full for a while, at any write: the output is complete and single") {
  std::uint64_t writes = 0;
  {
    leat::memory_file_system files;
    std::optional<leat::checkpoint_id> last;
    REQUIRE(run_to_end(busy_options(files, files), 2, last));
    writes = files.writes();
  }
  std::uint64_t healed = 0;
  for (std::uint64_t at = 1; at <= writes; ++at) {
    CAPTURE(at);
    leat::memory_file_system files;
    files.inject({.first = at, .count = 1 + at * 7 % 19, .code = leat::errc::no_space});
    std::optional<leat::checkpoint_id> last;
    const auto report = run_to_end(busy_options(files, files), 2, last);
    if (report) {
      ++healed;
      CHECK(committed(files, "totals") == expected());
      continue;
    }
    CHECK_MESSAGE(report.error().code == leat::errc::no_space, report.error().message());
    files.heal();
    check_goes_on(files, busy_options(files, files), at, last);
  }
  CHECK(healed > writes / 2);
  CHECK(healed < writes);  // otherwise there was nothing to go on from
}

TEST_CASE("time is virtual: an hour of timers passes at once") {
  class hourly : public leat::keyed_process<std::uint32_t, reading, total> {
   public:
    void process(const reading&, context& ctx, leat::output<total>&) override {
      ctx.register_processing_timer(ctx.now() + std::chrono::hours{1});
    }
    void on_timer(const leat::timer& t, context& ctx, leat::output<total>& out) override {
      out.emit({ctx.key(), 0, 0, event_time{t.at_ms}});
    }
  };
  std::vector<std::int64_t> rang;
  leat::memory_file_system files;
  leat::application app{"hourly"};
  app.source("readings", leat::generate(position{}, [](position& p) { return nth(p.i++); }).limit(20000).rate(2))
      .key_by(&reading::sensor)
      .process<hourly>("hourly")
      .sink("rings", leat::callback_sink<total>([&](const total& t) { rang.push_back(t.end.ms()); }));
  auto o = options(files);
  o.checkpoint_interval = std::chrono::minutes{10};
  auto job = leat::simulate(app, o, 7);
  REQUIRE(job);
  const std::int64_t began = (*job)->now().ms();
  REQUIRE((*job)->run(10'000'000));
  REQUIRE_FALSE(rang.empty());
  CHECK(*std::min_element(rang.begin(), rang.end()) >= began + 3'600'000);
  CHECK((*job)->now().ms() >= began + 9'900'000);  // 20 000 readings at 2 a second
}

TEST_CASE("a source that waits for a slow operator shows it, also while it always waits") {
  leat::memory_file_system files;
  leat::application app{"waiting"};
  app.source("readings", leat::generate(position{}, [](position& p) { return nth(p.i++); }).limit(20000))
      .key_by(&reading::sensor)
      .process<per_interval>("per-interval")
      .sink("totals", leat::callback_sink<total>([](const total&) {}));
  auto o = options(files);
  o.checkpoint_interval.reset();
  auto job = leat::simulate(app, o, 3);
  REQUIRE(job);
  REQUIRE((*job)->run(10'000'000));
  const auto report = (*job)->status()->read();
  std::uint64_t waited_ns = 0;
  for (const auto& m : report.operators)
    if (m->uid == "readings") waited_ns += m->blocked_ns;
  const auto lasted_ms = (*job)->now().ms() - 1'700'000'000'000;
  CAPTURE(lasted_ms);
  CHECK(waited_ns > static_cast<std::uint64_t>(lasted_ms) * 1'000'000 / 4);
}

struct sensor_and_value {
  std::uint32_t sensor;
  std::int64_t value;
  LEAT_FIELDS(sensor, value);
  bool operator==(const sensor_and_value&) const = default;
};
struct value_and_sensor {
  std::int64_t value;
  std::uint32_t sensor;
  LEAT_FIELDS(value, sensor);
  bool operator==(const value_and_sensor&) const = default;
};

template <class Key>
class counting : public leat::keyed_process<Key, reading, total> {
 public:
  void process(const reading&, typename leat::keyed_process<Key, reading, total>::context&,
               leat::output<total>&) override {
    count_.at() += 1;
  }

 private:
  leat::value_state<std::int64_t> count_{*this, "count"};
};

/// Counts readings by a key of two fields, in memory that may hold the state of an earlier run.
template <class Key>
leat::result<leat::job_report> count_by(leat::file_system& files) {
  leat::application app{"simulated"};
  app.source("readings", leat::generate(position{}, [](position& p) { return nth(p.i++); }).limit(200))
      .key_by([](const reading& r) {
        Key k{};
        k.sensor = r.sensor;
        k.value = r.value;
        return k;
      })
      .template process<counting<Key>>("counting")
      .sink("none", leat::callback_sink<total>([](const total&) {}));
  LEAT_TRY(job, leat::simulate(app, options(files), 3));
  return job->run(1'000'000);
}

TEST_CASE("a key whose fields changed their order is refused: its subtasks would not find their keys") {
  leat::memory_file_system files;
  REQUIRE(count_by<sensor_and_value>(files));
  CHECK(count_by<sensor_and_value>(files));
  const auto changed = count_by<value_and_sensor>(files);
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code == leat::errc::incompatible);
  CHECK_MESSAGE(changed.error().detail.ends_with(
                    "operator 'counting': its key was record{sensor: uint32, value: int64} and is now record{value: "
                    "int64, sensor: uint32}: the key group depends on the fields of a key and their order"),
                changed.error().detail);
}

TEST_CASE("a simulated job whose state directory cannot be opened says why") {
  leat::memory_file_system files;
  files.inject({.first = 1, .code = leat::errc::no_space});
  leat::application app{"simulated"};
  describe(app, "totals");
  const auto job = leat::simulate(app, options(files), 1);
  REQUIRE_FALSE(job);
  CHECK(job.error().code == leat::errc::no_space);
}

TEST_CASE("a simulated job needs files of its own, and says so") {
  leat::application app{"simulated"};
  describe(app, "totals");
  const auto job = leat::simulate(app, {}, 1);
  REQUIRE_FALSE(job);
  CHECK(job.error().detail.find("memory_file_system") != std::string::npos);
}

}  // namespace
