// Patterns in whole jobs: sorted by time, at any parallelism, with what was late and what timed out.

#include <leat/leat.hpp>
#include <leat/patterns.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace {

using leat::event_time;

struct tick {
  std::uint32_t user = 0;
  std::uint32_t what = 0;
  event_time at;
  LEAT_FIELDS(user, what, at);
};
struct pair_of_ticks {
  std::uint32_t user = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  LEAT_FIELDS(user, first, last);
};
struct position {
  std::uint64_t i = 0;
  LEAT_FIELDS(i);
};

constexpr std::uint64_t count = 20'000;
constexpr std::uint32_t users = 61;

/// Whether there are late ticks; when the watermark comes depends on the size of batches, so that only small ones make
/// sure of it.
enum class lateness : bool { none, some };

/// One tick a millisecond, each pair of neighbours in the wrong order; one in a thousand of the later ones may come ten
/// seconds late.
bool is_late(std::uint64_t i, lateness l) { return l == lateness::some && i % 1000 == 500 && i > 10'000; }
tick tick_of(std::uint64_t i, lateness l) {
  const auto at = is_late(i, l) ? i - 10'000 : i ^ 1U;
  return {static_cast<std::uint32_t>(at * 7919 % users), static_cast<std::uint32_t>(at * 31 % 5),
          event_time{static_cast<std::int64_t>(at)}};
}
auto ticks(lateness l) {
  return leat::generate(position{}, [l](position& p) { return tick_of(p.i++, l); }).limit(count);
}

/// What came out, from several subtasks.
struct collected {
  std::mutex mutex;
  std::multiset<std::string> lines;
  void add(const char* kind, std::uint32_t user, std::int64_t first, std::int64_t last) {
    const std::lock_guard hold{mutex};
    lines.insert(std::string{kind} + " " + std::to_string(user) + " " + std::to_string(first) + " " +
                 std::to_string(last));
  }
};

const leat::output_tag<tick> late{"late"};
const leat::output_tag<pair_of_ticks> alone{"alone"};

leat::pattern<tick> zero_then_one() {
  return leat::pattern<tick>::begin("zero")
      .where([](const tick& t) { return t.what == 0; })
      .next("one")
      .where([](const tick& t) { return t.what == 1; })
      .within(leat::duration{200});
}

void describe(leat::application& app, collected& to, lateness l) {
  auto pairs = app.source("ticks", ticks(l))
                   .event_time(&tick::at, leat::bounded_out_of_orderness(leat::duration{50}))
                   .key_by(&tick::user)
                   .match(zero_then_one())
                   .late_records_to(late)
                   .timed_out_to(alone,
                                 [](std::uint32_t user, const leat::matched<tick>& m) {
                                   return pair_of_ticks{user, m.first("zero").at.ms(), 0};
                                 })
                   .select("pairs", [](std::uint32_t user, const leat::matched<tick>& m) {
                     return pair_of_ticks{user, m.first("zero").at.ms(), m.first("one").at.ms()};
                   });
  const auto take = [&to](const char* kind) {
    return leat::callback_sink<pair_of_ticks>(
        [&to, kind](const pair_of_ticks& p) { to.add(kind, p.user, p.first, p.last); });
  };
  pairs.sink("pairs-out", take("pair"));
  pairs.side_output(alone).sink("alone-out", take("alone"));
  pairs.side_output(late).sink(
      "late-out", leat::callback_sink<tick>([&to](const tick& t) { to.add("late", t.user, t.at.ms(), 0); }));
}

/// The same by hand: neighbours among the ticks of a user, in order of time.
std::multiset<std::string> expected(lateness l) {
  collected want;
  std::map<std::uint32_t, std::map<std::int64_t, std::uint32_t>> of_user;
  for (std::uint64_t i = 0; i < count; ++i) {
    const tick t = tick_of(i, l);
    if (is_late(i, l))
      want.add("late", t.user, t.at.ms(), 0);
    else
      of_user[t.user][t.at.ms()] = t.what;
  }
  for (const auto& [user, ticks] : of_user)
    for (auto t = ticks.begin(); t != ticks.end(); ++t) {
      if (t->second != 0) continue;
      const auto next = std::next(t);
      if (next == ticks.end() || next->first - t->first >= 200)
        want.add("alone", user, t->first, 0);
      else if (next->second == 1)
        want.add("pair", user, t->first, next->first);
    }
  return want.lines;
}

std::string difference(const std::multiset<std::string>& got, const std::multiset<std::string>& want) {
  std::string text;
  std::vector<std::string> lines;
  std::set_difference(want.begin(), want.end(), got.begin(), got.end(), std::back_inserter(lines));
  for (const auto& l : lines) text += "lacks " + l + "\n";
  lines.clear();
  std::set_difference(got.begin(), got.end(), want.begin(), want.end(), std::back_inserter(lines));
  for (const auto& l : lines) text += "has also " + l + "\n";
  return text;
}

TEST_CASE("a pattern finds the same at every parallelism and batch size") {
  for (const std::uint32_t parallelism : {1U, 3U})
    for (const std::size_t batch : {std::size_t{0}, std::size_t{1}, std::size_t{17}}) {
      const lateness l = batch == 0 ? lateness::none : lateness::some;
      const auto want = expected(l);
      REQUIRE(want.size() > 500);
      CAPTURE(parallelism);
      CAPTURE(batch);
      collected got;
      leat::application app{"patterns-test"};
      describe(app, got, l);
      leat::job_options o;
      o.parallelism = parallelism;
      o.threads = 2;
      o.batch_records_max = batch;
      o.checkpoint_interval = leat::duration{5};
      const auto report = leat::run(app, o);
      REQUIRE(report);
      CHECK(report->state == leat::job_state::finished);
      CHECK(difference(got.lines, want) == "");
    }
}

TEST_CASE("a mistake in a pattern is reported when the job starts, with the operator's uid") {
  leat::application app{"patterns-test"};
  app.source("ticks", leat::from_collection<tick>({}))
      .event_time(&tick::at, leat::monotonous())
      .key_by(&tick::user)
      .match(leat::pattern<tick>::begin("zero").not_followed_by("one"))
      .select("pairs", [](std::uint32_t user, const leat::matched<tick>&) { return pair_of_ticks{user, 0, 0}; })
      .sink("out", leat::print_sink<pair_of_ticks>());
  const auto report = leat::run(app, {});
  REQUIRE(!report);
  CHECK(report.error().code == leat::errc::invalid_argument);
  CHECK(report.error().detail.find("match 'pairs': the pattern ends in not_followed_by (step 'one')") == 0);
}

TEST_CASE("parallelism of a pattern is that of its sorter too") {
  collected got;
  leat::application app{"patterns-test"};
  app.source("ticks", ticks(lateness::none))
      .event_time(&tick::at, leat::bounded_out_of_orderness(leat::duration{50}))
      .key_by(&tick::user)
      .match(zero_then_one())
      .select("pairs",
              [](std::uint32_t user, const leat::matched<tick>& m) {
                return pair_of_ticks{user, m.first("zero").at.ms(), m.first("one").at.ms()};
              })
      .parallelism(2)
      .sink("out", leat::callback_sink<pair_of_ticks>(
                       [&got](const pair_of_ticks& p) { got.add("pair", p.user, p.first, p.last); }));
  leat::job_options o;
  o.parallelism = 3;
  o.threads = 2;
  REQUIRE(leat::run(app, o));
  auto want = expected(lateness::none);
  std::erase_if(want, [](const std::string& line) { return !line.starts_with("pair"); });
  CHECK(difference(got.lines, want) == "");
}

}  // namespace
