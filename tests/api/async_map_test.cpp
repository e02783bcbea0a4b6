// Calls out in whole jobs: answered by real threads, by nobody, and simulated with kills at any step.

#include <doctest/doctest.h>

#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using leat::call_order;
using leat::duration;
using leat::event_time;

struct item {
  std::uint64_t number;
  event_time at;
  LEAT_FIELDS(number, at);
};
struct price {
  std::uint64_t number;
  std::uint64_t cents;
  LEAT_FIELDS(number, cents);
};

std::uint64_t cents_of(std::uint64_t number) { return number * 7919 % 1000; }

auto items(std::uint64_t count) {
  return leat::generate(std::uint64_t{0},
                        [](std::uint64_t& n) {
                          const std::uint64_t i = n++;
                          return item{i, event_time{static_cast<std::int64_t>(i)}};
                        })
      .limit(count);
}

/// Gathers prices from all subtasks of a sink.
struct gathered {
  std::mutex mutex;
  std::map<std::uint64_t, std::multiset<std::uint64_t>> prices;

  auto sink() {
    return leat::callback_sink<price>([this](const price& p) {
      const std::lock_guard hold{mutex};
      prices[p.number].insert(p.cents);
    });
  }
  [[nodiscard]] bool complete(std::uint64_t count) const {
    if (prices.size() != count) return false;
    for (const auto& [number, cents] : prices)
      if (cents != std::multiset<std::uint64_t>{cents_of(number)}) return false;
    return true;
  }
};

leat::job_options options(std::uint32_t parallelism) {
  leat::job_options o;
  o.parallelism = parallelism;
  o.threads = 2;
  o.checkpoint_interval = duration{5};
  o.restarts = leat::restart_strategy::fixed_delay(5, duration{1});
  return o;
}

TEST_CASE("blocking calls on threads, ordered and unordered, at any parallelism and capacity") {
  for (const auto order : {call_order::ordered, call_order::unordered}) {
    for (const std::uint32_t parallelism : {1U, 3U}) {
      for (const std::size_t capacity : {1U, 7U, 500U}) {
        CAPTURE(parallelism);
        CAPTURE(capacity);
        gathered got;
        leat::application app{"async-test"};
        app.source("items", items(3000))
            .event_time(&item::at, leat::monotonous())
            .async_map<price>("prices",
                              leat::on_threads(4, [](const item& i) { return price{i.number, cents_of(i.number)}; }),
                              {.order = order, .capacity = capacity})
            .sink("gathered", got.sink());
        const auto report = leat::run(app, options(parallelism));
        REQUIRE_MESSAGE(report.has_value(), report.error().message());
        CHECK(report->state == leat::job_state::finished);
        CHECK(got.complete(3000));
      }
    }
  }
}

TEST_CASE("ordered keeps order through a whole job; none, one and several results") {
  std::vector<std::uint64_t> numbers;
  leat::application app{"async-test"};
  app.source("items", items(2000))
      .async_map<std::uint64_t>(
          "copies",
          leat::on_threads(4, [](const item& i) { return std::vector<std::uint64_t>(i.number % 3, i.number); }))
      .sink("gathered", leat::callback_sink<std::uint64_t>([&](const std::uint64_t& n) { numbers.push_back(n); }));
  REQUIRE(leat::run(app, options(1)));
  std::vector<std::uint64_t> want;
  for (std::uint64_t n = 0; n < 2000; ++n) want.insert(want.end(), n % 3, n);
  CHECK(numbers == want);
}

TEST_CASE("a call that fails restarts the job; the records in flight are asked about again") {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<int> failures{0};
  gathered got;
  leat::application app{"async-test"};
  app.source("items", items(20'000))
      .async_map<price>("prices",
                        leat::on_threads(2,
                                         [&](const item& i) {
                                           if (++calls % 9000 == 0 && ++failures <= 3)
                                             throw std::runtime_error{"bad luck"};
                                           return price{i.number, cents_of(i.number)};
                                         }),
                        {.order = call_order::unordered})
      .sink("gathered", got.sink());
  const auto report = leat::run(app, options(2));
  REQUIRE_MESSAGE(report.has_value(), report.error().message());
  CHECK(report->restarts >= 1);
  for (auto& [number, cents] : got.prices) cents = {*cents.begin()};  // the callback sees some again
  CHECK(got.complete(20'000));
}

TEST_CASE("a service that never answers: the job says so, with operator and limit") {
  leat::application app{"async-test"};
  std::mutex mutex;
  std::vector<leat::completion<price>> kept;
  app.source("items", items(10))
      .async_map<price>("prices",
                        [&](const item&, leat::completion<price> done) {
                          const std::lock_guard hold{mutex};
                          kept.push_back(std::move(done));
                        },
                        {.timeout = duration{1}})
      .sink("gathered", leat::callback_sink<price>([](const price&) {}));
  auto o = options(1);
  o.restarts = leat::restart_strategy::none();
  const auto report = leat::run(app, o);
  REQUIRE(!report);
  CHECK(report.error().code == leat::errc::user_code);
  CHECK(report.error().detail.find("operator 'prices': a call had no answer within 1 ms") != std::string::npos);
  for (const auto& c : kept) c.complete({0, 0});  // when nobody is left to hear it
}

constexpr std::uint64_t records = 1500;

/// Asks with answers that take virtual time.
void describe(leat::application& app, call_order order) {
  const auto ask = [](const item& i, const leat::completion<price>& done) {
    const duration delay{static_cast<std::int64_t>(i.number * 31 % 5)};
    done.complete_after(delay, {i.number, cents_of(i.number)});
  };
  app.source("items", items(records))
      .event_time(&item::at, leat::monotonous())
      .async_map<price>("prices", ask, {.order = order, .capacity = 16})
      .sink("files", leat::csv_sink<price>("prices"));
}

std::multiset<std::string> committed(leat::file_system& files) {
  std::multiset<std::string> lines;
  const auto entries = files.list("prices");
  REQUIRE(entries);
  for (const auto& e : *entries) {
    if (!e.name.starts_with("part-")) continue;
    const auto text = files.read_all("prices/" + e.name);
    REQUIRE(text);
    for (std::size_t at = text->find('\n') + 1; at < text->size(); at = text->find('\n', at) + 1)
      lines.insert(text->substr(at, text->find('\n', at) - at));
  }
  return lines;
}

TEST_CASE("simulated, killed at any step, restored at another parallelism: each record has one answer in the output") {
  std::multiset<std::string> want;
  for (std::uint64_t n = 0; n < records; ++n) want.insert(std::to_string(n) + "," + std::to_string(cents_of(n)));
  int restored = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    leat::random chance{seed};
    leat::memory_file_system files;
    leat::application app{"async-test"};
    describe(app, seed % 2 == 0 ? call_order::ordered : call_order::unordered);
    for (int starts = 0;; ++starts) {
      REQUIRE(starts < 50);
      leat::job_options o;
      o.parallelism = 1 + static_cast<std::uint32_t>(chance.below(3));
      o.max_parallelism = 16;
      o.batch_records_max = 2;
      o.checkpoint_interval = duration{3};
      o.state_files = &files;
      auto job = leat::simulate(app, o, chance.next());
      REQUIRE(job);
      const auto report = (*job)->run(starts < 4 ? 50 + chance.below(3000) : 1'000'000);
      if ((*job)->status()->read().restored_from) ++restored;
      if (report) break;
      REQUIRE(report.error().code == leat::errc::cancelled);
      (*job)->kill();
      job->reset();
      if (chance.below(2) == 0) files.lose_power(chance);
    }
    CHECK(committed(files) == want);
  }
  CHECK(restored > 300);
}

TEST_CASE("the same seed, the same run") {
  const auto trace = [](std::uint64_t seed) {
    leat::memory_file_system files;
    leat::application app{"async-test"};
    describe(app, call_order::unordered);
    leat::job_options o;
    o.parallelism = 2;
    o.batch_records_max = 2;
    o.checkpoint_interval = duration{3};
    o.state_files = &files;
    auto job = leat::simulate(app, o, seed);
    REQUIRE(job);
    REQUIRE((*job)->run(1'000'000));
    return (*job)->trace();
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) CHECK(trace(seed) == trace(seed));
  CHECK(trace(1) != trace(2));
}

}  // namespace
