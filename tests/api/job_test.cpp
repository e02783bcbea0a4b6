#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>

namespace {

using leat::event_time;

struct click {
  std::uint32_t user;
  std::int64_t value;
  event_time at;
  LEAT_FIELDS(user, value, at);
};

struct position {
  std::uint64_t i = 0;
  LEAT_FIELDS(i);
};

/// `count` clicks of 97 users, 1 ms apart.
auto clicks(std::uint64_t count) {
  return leat::generate(position{},
                        [](position& p) {
                          const std::uint64_t i = p.i++;
                          return click{static_cast<std::uint32_t>(i * 7919 % 97), static_cast<std::int64_t>(i % 13),
                                       event_time{static_cast<std::int64_t>(i)}};
                        })
      .limit(count);
}

/// Sums per user and second, released by an event-time timer at the second's end.
class sums : public leat::keyed_process<std::uint32_t, click, click> {
 public:
  void process(const click& c, context& ctx, leat::output<click>&) override {
    sum_.at(c.at.ms() / 1000) += c.value;
    ctx.register_event_timer(event_time{(c.at.ms() / 1000 + 1) * 1000 - 1});
  }
  void on_timer(const leat::timer& t, context& ctx, leat::output<click>& out) override {
    out.emit({ctx.key(), sum_.at(t.at_ms / 1000), t.event()});
    sum_.remove(t.at_ms / 1000);
  }

 private:
  leat::map_state<std::int64_t, std::int64_t> sum_{*this, "sum"};
};

/// What a callback sink has seen, from several subtasks.
struct collected {
  std::mutex mutex;
  std::map<std::pair<std::uint32_t, std::int64_t>, std::int64_t> last;  ///< (user, time) → sum
};

std::map<std::pair<std::uint32_t, std::int64_t>, std::int64_t> expected(std::uint64_t count) {
  std::map<std::pair<std::uint32_t, std::int64_t>, std::int64_t> want;
  for (std::uint64_t i = 0; i < count; ++i)
    want[{static_cast<std::uint32_t>(i * 7919 % 97), static_cast<std::int64_t>(i / 1000 * 1000 + 999)}] +=
        static_cast<std::int64_t>(i % 13);
  return want;
}

void describe(leat::application& app, std::uint64_t count, collected& to,
              const std::function<click(const click&)>& between) {
  app.source("clicks", clicks(count))
      .event_time(&click::at, leat::monotonous())
      .map(between)
      .key_by(&click::user)
      .sorted_by_event_time("sorted")
      .process<sums>("sums")
      .sink("collected", leat::callback_sink<click>([&to](const click& c) {
              const std::lock_guard hold{to.mutex};
              to.last[{c.user, c.at.ms()}] = c.value;
            }));
}

leat::job_options options(std::uint32_t parallelism) {
  leat::job_options o;
  o.parallelism = parallelism;
  o.threads = 2;
  o.checkpoint_interval = leat::duration{5};
  o.restarts = leat::restart_strategy::fixed_delay(5, leat::duration{1});
  return o;
}

TEST_CASE("every parallelism and batch size gives the same sums") {
  const auto want = expected(30'000);
  for (const std::uint32_t parallelism : {1U, 2U, 4U, 7U})
    for (const std::size_t batch : {std::size_t{0}, std::size_t{1}, std::size_t{17}}) {
      CAPTURE(parallelism);
      CAPTURE(batch);
      collected got;
      leat::application app{"job-test"};
      describe(app, 30'000, got, [](const click& c) { return c; });
      auto o = options(parallelism);
      o.batch_records_max = batch;
      const auto report = leat::run(app, o);
      REQUIRE(report);
      CHECK(report->state == leat::job_state::finished);
      CHECK(report->checkpoints_completed >= 1);
      CHECK(got.last == want);
    }
}

TEST_CASE("a function that throws now and then: restarts, and the sums are right") {
  std::atomic<int> failures{0};
  std::atomic<std::uint64_t> calls{0};
  collected got;
  leat::application app{"job-test"};
  describe(app, 200'000, got, [&](const click& c) {
    if (++calls % 50'000 == 0 && failures < 3) {
      ++failures;
      throw std::runtime_error{"bad luck"};
    }
    return c;
  });
  const auto report = leat::run(app, options(2));
  REQUIRE(report);
  CHECK(failures == 3);
  CHECK(report->restarts == 3);
  REQUIRE(report->last_failure);
  CHECK(report->last_failure->code == leat::errc::user_code);
  CHECK(report->last_failure->detail.find("bad luck") != std::string::npos);
  CHECK(got.last == expected(200'000));
}

TEST_CASE("without restarts the first failure is the end, and says why") {
  collected got;
  leat::application app{"job-test"};
  describe(app, 1000, got, [](const click& c) -> click {
    if (c.at == event_time{500}) throw std::runtime_error{"record 500 is evil"};
    return c;
  });
  auto o = options(1);
  o.restarts = leat::restart_strategy::none();
  const auto report = leat::run(app, o);
  REQUIRE_FALSE(report);
  CHECK(report.error().code == leat::errc::user_code);
  CHECK(report.error().detail.find("record 500 is evil") != std::string::npos);
  CHECK(report.error().detail.find("map-1") != std::string::npos);
}

/// Runs it in virtual time, so that checkpoints come at the same places on every machine.
leat::result<leat::job_report> simulated(const leat::application& app, leat::job_options o) {
  o.batch_records_max = 64;
  LEAT_TRY(job, leat::simulate(app, o, 1));
  return job->run();
}

TEST_CASE("state outlives the job, is rescaled, and is refused by another application") {
  const auto files = leat::make_memory_file_system();
  const auto with_state = [&](std::uint32_t parallelism) {
    auto o = options(parallelism);
    o.state_files = files.get();
    o.state_directory = "state";
    o.checkpoint_interval = leat::duration{1};
    o.restarts = leat::restart_strategy::none();
    return o;
  };
  bool fails = true;
  const auto attempt = [&](std::uint32_t parallelism, collected& got) {
    leat::application app{"job-test"};
    app.source("clicks", clicks(200'000))
        .event_time(&click::at, leat::no_watermarks())
        .map([&fails](const click& c) {
          if (fails && c.at == event_time{150'000}) throw std::runtime_error{"not today"};
          return c;
        })
        .key_by(&click::user)
        .reduce("totals",
                [](const click& so_far, const click& c) { return click{c.user, so_far.value + c.value, c.at}; })
        .sink("collected", leat::callback_sink<click>([&got](const click& c) {
                const std::lock_guard hold{got.mutex};
                auto& last = got.last[{c.user, 0}];
                last = std::max(last, c.value);
              }));
    return simulated(app, with_state(parallelism));
  };
  collected before;
  REQUIRE_FALSE(attempt(3, before));
  fails = false;
  collected after;
  const auto report = attempt(5, after);
  REQUIRE(report);
  CHECK(report->restored_from);
  std::map<std::uint32_t, std::int64_t> sum;
  for (std::uint64_t i = 0; i < 200'000; ++i)
    sum[static_cast<std::uint32_t>(i * 7919 % 97)] += static_cast<std::int64_t>(i % 13);
  REQUIRE(after.last.size() == 97);
  for (const auto& [user, total] : sum) CHECK(after.last.at({user, 0}) == total);

  leat::application other{"somebody-else"};
  collected got;
  describe(other, 10, got, [](const click& c) { return c; });
  const auto refused = simulated(other, with_state(1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == leat::errc::incompatible);
}

TEST_CASE("side outputs, merged streams and broadcast reach their sinks") {
  static const leat::output_tag<click> large{"large"};
  class splitter : public leat::keyed_process<std::uint32_t, click, click> {
   public:
    void process(const click& c, context& ctx, leat::output<click>& out) override {
      if (c.value > 10)
        ctx.emit(large, c);
      else
        out.emit(c);
    }
  };
  std::atomic<int> small{0};
  std::atomic<int> big{0};
  std::atomic<int> all{0};
  std::atomic<int> copies{0};
  leat::application app{"job-test"};
  auto source = app.source("clicks", clicks(1300));
  auto kept = source.key_by(&click::user).process<splitter>("split");
  auto sides = kept.side_output(large);
  kept.sink("small", leat::callback_sink<click>([&](const click& c) { small += c.value <= 10 ? 1 : 0; }));
  sides.sink("big", leat::callback_sink<click>([&](const click& c) { big += c.value > 10 ? 1 : 0; }));
  kept.merge(sides).sink("all", leat::callback_sink<click>([&](const click&) { ++all; }));
  source.broadcast().sink("copies", leat::callback_sink<click>([&](const click&) { ++copies; })).parallelism(3);
  const auto report = leat::run(app, options(2));
  REQUIRE(report);
  CHECK(big == 200);
  CHECK(small == 1100);
  CHECK(all == 1300);
  CHECK(copies == 3900);
}

TEST_CASE("a graph that cannot run is refused with the operator's name") {
  leat::application app{"job-test"};
  app.source("twice", clicks(1)).sink("twice", leat::callback_sink<click>([](const click&) {}));
  const auto report = leat::run(app, options(1));
  REQUIRE_FALSE(report);
  CHECK(report.error().code == leat::errc::invalid_argument);
  CHECK(report.error().detail.find("twice") != std::string::npos);
}

}  // namespace
