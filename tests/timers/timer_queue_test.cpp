#include <leat/timers/timer_queue.hpp>

#include <doctest/doctest.h>

#include <leat/core/random.hpp>
#include <leat/timers/key_timers.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <string>

namespace {

using leat::queued_timer;
using leat::timer_queue;

std::vector<std::int64_t> drain(timer_queue<int>& q, std::int64_t limit) {
  std::vector<std::int64_t> times;
  std::vector<queued_timer<int>> due;
  while (due.clear(), q.take(limit, 16, due))
    for (const auto& t : due) times.push_back(t.at_ms);
  return times;
}

queued_timer<int> at(std::int64_t ms, int key = 0) { return {ms, leat::scope::none, 0, key}; }

TEST_CASE("timers come out in time order, up to the limit") {
  timer_queue<int> q;
  for (const auto ms : {50, -7, 300, 70'000, 50, 0, 10'000'000}) q.push(at(ms));
  CHECK(q.earliest() <= -7);
  CHECK(drain(q, 50) == std::vector<std::int64_t>{-7, 0, 50, 50});
  CHECK(drain(q, 299).empty());
  CHECK(drain(q, 10'000'000) == std::vector<std::int64_t>{300, 70'000, 10'000'000});
  CHECK(q.empty());
  CHECK_FALSE(q.earliest());
}

TEST_CASE("the ends of time are times like others") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  timer_queue<int> q;
  q.push(at(most));
  q.push(at(least));
  CHECK(drain(q, least) == std::vector<std::int64_t>{least});
  CHECK(drain(q, most - 1).empty());
  CHECK(drain(q, most) == std::vector<std::int64_t>{most});
}

TEST_CASE("a timer for the past is due at once and comes first") {
  timer_queue<int> q;
  q.push(at(100));
  CHECK(drain(q, 100).size() == 1);
  q.push(at(200));
  q.push(at(40));
  q.push(at(30));
  CHECK(drain(q, 250) == std::vector<std::int64_t>{30, 40, 200});
}

TEST_CASE("equal times keep the order of adding, however they are taken") {
  timer_queue<int> q;
  for (int k = 0; k < 10; ++k) q.push(at(1'000'000, k));
  std::vector<queued_timer<int>> due;
  REQUIRE(q.take(1'000'000, 3, due));
  q.push(at(1'000'000, 10));
  while (q.take(1'000'000, 4, due)) {
  }
  for (int k = 0; k < 11; ++k) CHECK(due[static_cast<std::size_t>(k)].key == k);
}

TEST_CASE("random pushes, takes and sweeps agree with an ordered map") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    leat::random random{seed};
    timer_queue<int> q;
    std::multimap<std::int64_t, int> model;
    std::int64_t limit = 0;
    for (int step = 0; step < 2000; ++step) {
      const std::uint64_t what = random.below(100);
      if (what < 70) {
        const auto reach = std::int64_t{1} << random.below(40);
        const auto ms = limit + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(reach))) - reach / 4;
        q.push(at(ms, step));
        model.emplace(ms, step);
      } else if (what < 72) {
        const auto keep = [](int key) { return key % 3 != 0; };
        q.sweep([&](const queued_timer<int>& t) { return keep(t.key); });
        std::erase_if(model, [&](const auto& e) { return !keep(e.second); });
      } else {
        limit += static_cast<std::int64_t>(random.below(std::uint64_t{1} << random.below(38)));
        std::vector<std::int64_t> want;
        for (auto it = model.begin(); it != model.end() && it->first <= limit; it = model.erase(it))
          want.push_back(it->first);
        CHECK(drain(q, limit) == want);
      }
      REQUIRE(q.size() == model.size());
    }
  }
}

TEST_CASE("a key's timers are a set") {
  using leat::scope;
  using leat::time_domain;
  using leat::timer;
  leat::key_timers timers;
  const timer plain{time_domain::event, 5, scope::none};
  const timer scoped{time_domain::event, 5, scope{7}};
  const timer other_domain{time_domain::processing, 5, scope::none};
  CHECK(timers.insert(plain));
  CHECK_FALSE(timers.insert(plain));
  CHECK(timers.insert(scoped));
  CHECK(timers.insert(other_domain));
  CHECK(timers.size() == 3);
  CHECK(timers.erase(plain));
  CHECK_FALSE(timers.erase(plain));
  CHECK(timers.contains(other_domain));
  CHECK_FALSE(timers.contains(plain));
  CHECK(timers.insert(plain));
  CHECK(timers.erase(other_domain));
  CHECK(timers.erase(scoped));
  CHECK(timers.erase(plain));
  CHECK(timers.empty());
}

}  // namespace
