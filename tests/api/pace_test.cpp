// Sources of a pace group wait for the slowest, whatever the order of events and wherever the job is killed.

#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <set>

namespace {

using leat::duration;
using leat::event_time;

struct reading {
  std::int64_t source = 0;
  event_time at;
  LEAT_FIELDS(source, at);
};
struct position {
  std::int64_t i = 0;
  LEAT_FIELDS(i);
};

constexpr std::int64_t count = 3000;
constexpr std::int64_t lead = 100;
constexpr std::size_t batch = 4;

/// Two sources over the same 3 s, one reading a millisecond; one has all of them at once, the other makes `slow_rate` a
/// second. Looks at how far they are apart.
struct two_sources {
  double slow_rate = 1000;
  std::int64_t slow_at = -1;
  std::int64_t fast_at = -1;
  std::int64_t slow_at_end_of_fast = -1;
  std::int64_t lead_max = 0;
  std::multiset<std::int64_t> seen;

  void describe(leat::application& app, const leat::watermark_strategy& of_fast,
                const leat::watermark_strategy& of_slow, std::int64_t slow_count) {
    auto fast = app.source("fast", leat::generate(position{},
                                                  [this](position& p) {
                                                    fast_at = p.i;
                                                    slow_at_end_of_fast = slow_at;
                                                    lead_max = std::max(lead_max, fast_at - slow_at);
                                                    return reading{0, event_time{p.i++}};
                                                  })
                                       .limit(count))
                    .event_time(&reading::at, of_fast);
    auto slow = app.source("slow", leat::generate(position{},
                                                  [this](position& p) {
                                                    slow_at = p.i;
                                                    return reading{1, event_time{p.i++}};
                                                  })
                                       .limit(static_cast<std::uint64_t>(slow_count))
                                       .rate(slow_rate))
                    .event_time(&reading::at, of_slow);
    fast.merge(slow, "both").sink("seen", leat::callback_sink<reading>([this](const reading& r) {
                                    seen.insert(r.source * count + r.at.ms());
                                  }));
  }
};

leat::job_options options(leat::file_system& files) {
  leat::job_options o;
  o.state_files = &files;
  o.parallelism = 1;
  o.batch_records_max = batch;
  o.checkpoint_interval = duration{50};
  return o;
}

const auto paced = leat::monotonous().keep_pace("group", duration{lead});

TEST_CASE("a fast source keeps within the lead of a slow one") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    leat::memory_file_system files;
    two_sources two;
    leat::application app{"pace"};
    two.describe(app, paced, paced, count);
    auto job = leat::simulate(app, options(files), seed);
    REQUIRE(job);
    REQUIRE((*job)->run(10'000'000));
    CHECK(two.seen.size() == 2 * count);
    CHECK(two.lead_max > lead / 2);  // it is used
    CHECK(two.lead_max <= lead + static_cast<std::int64_t>(batch) + 1);
  }
}

TEST_CASE("sources in no group, or in different ones, do not wait") {
  for (const auto& of_slow : {leat::monotonous(), leat::monotonous().keep_pace("another", duration{lead})}) {
    leat::memory_file_system files;
    two_sources two;
    leat::application app{"pace"};
    two.describe(app, paced, of_slow, count);
    auto job = leat::simulate(app, options(files), 1);
    REQUIRE(job);
    REQUIRE((*job)->run(10'000'000));
    CHECK(two.seen.size() == 2 * count);
    CHECK(two.lead_max > 10 * lead);
  }
}

TEST_CASE("nobody waits for a source that has ended, or is idle") {
  leat::memory_file_system files;
  two_sources two;
  leat::application app{"pace"};
  SUBCASE("ended") { two.describe(app, paced, paced, 20); }
  SUBCASE("without a record") { two.describe(app, paced, paced, 0); }
  SUBCASE("idle") {
    two.slow_rate = 0.1;
    two.describe(app, paced, paced.idle_after(duration{20}), 3);
  }
  auto job = leat::simulate(app, options(files), 1);
  REQUIRE(job);
  REQUIRE((*job)->run(10'000'000));
  CHECK(two.fast_at == count - 1);
  if (two.slow_rate < 1) CHECK(two.slow_at_end_of_fast == 0);  // its second reading comes after 10 s
}

TEST_CASE("a job that is killed while a source waits goes on, and its sources keep pace again") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    leat::random chance{seed};
    leat::memory_file_system files;
    std::set<std::int64_t> seen;
    for (int starts = 0;; ++starts) {
      two_sources two;
      leat::application app{"pace"};
      two.describe(app, paced, paced, count);
      auto job = leat::simulate(app, options(files), chance.next());
      REQUIRE(job);
      const auto report = (*job)->run(starts < 3 ? 500 + chance.below(5000) : 10'000'000);
      // After a restart the first batches come before the slow source has told how far it is.
      if (two.slow_at >= 0) CHECK(two.fast_at - two.slow_at <= lead + 2 * static_cast<std::int64_t>(batch) + 1);
      seen.insert(two.seen.begin(), two.seen.end());
      if (report) break;
      (*job)->kill();
    }
    CHECK(seen.size() == 2 * count);
  }
}

}  // namespace
