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

std::vector<std::int64_t> drain(timer_queue& q, std::int64_t limit) {
  std::vector<std::int64_t> times;
  for (; const queued_timer* t = q.front(limit); q.pop()) times.push_back(t->at_ms);
  return times;
}

queued_timer at(std::int64_t ms, std::uint32_t hash = 0) { return {ms, hash}; }

TEST_CASE("timers come out in time order, up to the limit") {
  timer_queue q;
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
  timer_queue q;
  q.push(at(most));
  q.push(at(least));
  CHECK(drain(q, least) == std::vector<std::int64_t>{least});
  CHECK(drain(q, most - 1).empty());
  CHECK(drain(q, most) == std::vector<std::int64_t>{most});
}

TEST_CASE("a timer for the past is due at once and comes first") {
  timer_queue q;
  q.push(at(100));
  CHECK(drain(q, 100).size() == 1);
  q.push(at(200));
  q.push(at(40));
  q.push(at(30));
  CHECK(drain(q, 250) == std::vector<std::int64_t>{30, 40, 200});
}

TEST_CASE("equal times keep the order of adding, also while they are taken") {
  timer_queue q;
  for (std::uint32_t k = 0; k < 200; ++k) q.push(at(1'000'000, k));
  for (std::uint32_t k = 0; k < 200; ++k) {
    const queued_timer* t = q.front(1'000'000);
    REQUIRE(t != nullptr);
    CHECK(t->hash == k);
    q.pop();
    if (k == 100) q.push(at(1'000'000, 200));
  }
  const queued_timer* last = q.front(1'000'000);
  REQUIRE(last != nullptr);
  CHECK(last->hash == 200);
  q.pop();
  CHECK(q.front(1'000'000) == nullptr);
}

TEST_CASE("what comes next can be seen before it is due") {
  timer_queue q;
  for (std::uint32_t k = 0; k < 150; ++k) q.push(at(7, k));
  q.push(at(8, 999));
  const auto see = [&](std::size_t skip, std::size_t count) {
    std::vector<std::uint32_t> seen(count);
    seen.resize(q.upcoming(skip, seen));
    return seen;
  };
  REQUIRE(q.front(10) != nullptr);
  CHECK(see(0, 3) == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(see(60, 5) == std::vector<std::uint32_t>{60, 61, 62, 63, 64});
  CHECK(see(148, 5) == std::vector<std::uint32_t>{148, 149});
  CHECK(see(150, 5).empty());
  q.pop();
  CHECK(see(126, 2) == std::vector<std::uint32_t>{127, 128});
}

TEST_CASE("random pushes, takes and sweeps agree with an ordered map") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    leat::random random{seed};
    timer_queue q;
    std::multimap<std::int64_t, int> model;
    std::int64_t limit = 0;
    for (int step = 0; step < 2000; ++step) {
      const std::uint64_t what = random.below(100);
      if (what < 70) {
        const auto reach = std::int64_t{1} << random.below(40);
        const auto ms = limit + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(reach))) - reach / 4;
        q.push(at(ms, static_cast<std::uint32_t>(step)));
        model.emplace(ms, step);
      } else if (what < 72) {
        const auto keep = [](int key) { return key % 3 != 0; };
        q.sweep([&](const queued_timer& t) { return keep(static_cast<int>(t.hash)); });
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

TEST_CASE("any time fits into a key's timers, with and without company") {
  using leat::scope;
  using leat::time_domain;
  using leat::timer;
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  for (const auto ms : {least, least / 4, std::int64_t{-1}, std::int64_t{0}, most / 4, most / 4 + 1, most}) {
    for (const auto domain : {time_domain::event, time_domain::processing}) {
      CAPTURE(ms);
      leat::key_timers timers;
      const timer t{domain, ms, scope::none};
      CHECK(timers.insert(t));
      CHECK_FALSE(timers.insert(t));
      CHECK(timers.first_at(domain, ms) == t);
      std::vector<timer> all;
      timers.for_each([&](const timer& each) { all.push_back(each); });
      CHECK(all == std::vector{t});
      CHECK(timers.insert({domain, ms, scope{-3}}));
      CHECK(timers.first_at(domain, ms) == timer{domain, ms, scope{-3}});
      CHECK(timers.size() == 2);
      CHECK(timers.erase({domain, ms, scope{-3}}));
      CHECK(timers.erase(t));
      CHECK(timers.empty());
      CHECK_FALSE(timers.first_at(domain, ms));
    }
  }
}

}  // namespace
