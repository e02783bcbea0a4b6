// Patterns in time: what is over when, what is kept, and what a restore brings back.

#include <doctest/doctest.h>

#include <leat/core/random.hpp>
#include <leat/operators/event_time_sorter.hpp>
#include <leat/testing/four_ways.hpp>

#include "pattern_fixture.hpp"

namespace {

using namespace pattern_test;

TEST_CASE("within: times out at the watermark, at the next event, and exactly there") {
  const auto p = pattern{begin("a").followed_by("b").where(is('b')).within(duration{10})};
  harness h{maker(p), keyed()};
  h.process({"k", "a1"}, event_time{5});
  h.process({"k", "a2"}, event_time{7});
  h.advance_watermark({event_time{14}});
  CHECK(h.take_side(timeouts).empty());
  h.advance_watermark({event_time{15}});
  auto out = h.take_side(timeouts);
  REQUIRE(out.size() == 1);
  CHECK(out[0].value.events == "a1");
  CHECK(out[0].at == event_time{15});
  h.process({"k", "b1"}, event_time{17});  // a2 began 10 before: too long
  out = h.take_side(timeouts);
  REQUIRE(out.size() == 1);
  CHECK(out[0].value.events == "a2");
  CHECK(out[0].at == event_time{17});
  h.process({"k", "a3"}, event_time{20});
  h.process({"k", "b2"}, event_time{29});
  CHECK(h.take_values().at(0).events == "a3/b2");
  h.advance_watermark(watermark::end());
  CHECK(h.take_side(timeouts).empty());
  CHECK(h.state().empty());
}

TEST_CASE("a pattern that ends in not_followed_by is matched when its time is over") {
  auto p = pattern{begin("a").not_followed_by("x").where(is('x')).within(duration{10})};
  harness h{maker(p), keyed()};
  h.process({"k", "a1"}, event_time{0});
  h.process({"k", "x1"}, event_time{3});
  h.process({"k", "a2"}, event_time{4});
  h.process({"k", "y1"}, event_time{5});
  h.process({"k", "x2"}, event_time{14});  // a2's time was over
  const auto out = h.take_output();
  REQUIRE(out.size() == 1);
  CHECK(std::get<0>(out[0]).value.events == "a2");
  CHECK(std::get<0>(out[0]).at == event_time{14});
  CHECK(h.take_side(timeouts).empty());

  auto loop =
      pattern{begin("a").followed_by("b").where(is('b')).one_or_more().not_followed_by("x").where(is('x')).within(
          duration{10})};
  harness silent{maker(loop), keyed()};
  silent.process({"k", "a1"}, event_time{0});
  silent.process({"k", "b1"}, event_time{1});
  silent.process({"k", "b2"}, event_time{2});
  silent.advance_watermark({event_time{10}});
  texts got;
  for (const auto& f : silent.take_values()) got.insert(f.events);
  CHECK(got == texts{"a1/b1", "a1/b1 b2"});
}

TEST_CASE("by the clock") {
  const auto p = pattern{begin("a").followed_by("b").where(is('b')).within(duration{10})};
  harness h{maker(p, with_timeouts(leat::time_domain::processing)), keyed()};
  h.set_processing_time(leat::processing_time{100});
  h.process({"k", "a1"}, std::nullopt);
  h.set_processing_time(leat::processing_time{109});
  h.process({"k", "b1"}, std::nullopt);
  CHECK(h.take_values().at(0).events == "a1/b1");
  h.process({"k", "a2"}, std::nullopt);
  h.set_processing_time(leat::processing_time{119});
  CHECK(h.take_side(timeouts).at(0).value.events == "a2");
  CHECK(h.state().empty());
}

TEST_CASE("state is bounded: what nobody waits for is forgotten") {
  const auto open = pattern{begin("a").followed_by("b").where(is('b'))};
  harness h{maker(open), keyed()};
  h.process({"k", "x1"}, event_time{1});
  CHECK(h.state().empty());
  h.process({"k", "a1"}, event_time{2});
  CHECK(h.state().size() == 1);
  h.process({"k", "b1"}, event_time{3});
  CHECK(h.state().empty());

  // One partial match is always open; the events of those that are done do not stay.
  const auto last = pattern{begin("a").next("b").where(is('b')).next("c").where(is('c'))};
  harness always{maker(last), keyed()};
  std::size_t longest = 0;
  for (int i = 0; i < 1000; ++i) {
    always.process({"k", i % 2 == 0 ? "a1" : "b1"}, event_time{i});
    const auto state = always.state();
    if (!state.empty()) longest = std::max(longest, state.begin()->second.at("matches").size());
  }
  CHECK(longest < 4000);  // as text; 20 to 60 bytes an event
}

TEST_CASE("four ways: partial matches, waiting matches and timers survive a restore") {
  const auto random_steps = [](std::uint64_t seed) {
    leat::random random{seed};
    std::vector<leat::test_step<event>> steps;
    std::int64_t now = 0;
    for (int i = 0; i < 150; ++i) {
      now += static_cast<std::int64_t>(random.below(4));
      if (random.below(10) < 8)
        steps.emplace_back(std::pair{
            event{"key-" + std::to_string(random.below(4)), std::string{"abcx"[random.below(4)]} + std::to_string(i)},
            std::optional{event_time{now}}});
      else
        steps.emplace_back(watermark{event_time{now}});
    }
    steps.emplace_back(watermark::end());
    return steps;
  };
  const auto some = [](duration within, const leat::match_skip& skip) {
    return pattern{begin("a")
                       .followed_by_any("b")
                       .where(is('b'))
                       .one_or_more()
                       .followed_by("c")
                       .where(is('c'))
                       .within(within)
                       .after_match(skip)};
  };
  std::vector<pattern> patterns;
  for (const auto& skip : {leat::no_skip(), leat::skip_to_next(), leat::skip_past_last_event(),
                           leat::skip_to_first("b"), leat::skip_to_last("b")})
    patterns.push_back(some(duration{25}, skip));
  patterns.push_back(pattern{begin("a").not_followed_by("x").where(is('x')).within(duration{9})});
  patterns.push_back(
      pattern{begin("a").one_or_more().greedy().next("b").where(is('b')).optional().followed_by("c").where(
          [](const event& e, const matched& m) { return e.id[0] == 'c' && m.size() < 4; })});
  // Timeouts come out as records here, so that they are compared too.
  for (auto& p : patterns) {
    REQUIRE(p.mistake() == "");
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(seed);
      CHECK(leat::differences_of_four_ways<event, found>(maker(p), keyed(), random_steps(seed)) == "");
    }
  }
}

TEST_CASE("late events go to a side output of the sorter, or are counted") {
  const leat::output_tag<event> late{"late"};
  for (const bool aside : {true, false}) {
    leat::operator_harness<event, event>::settings s;
    s.hash = [](const event& e) { return leat::key_hash<std::string>{}(e.key); };
    s.side_outputs = {late.name};
    leat::operator_harness<event, event> h{
        [=] { return std::make_unique<leat::event_time_sorter<event>>(aside ? std::optional{late} : std::nullopt); },
        s};
    h.advance_watermark({event_time{10}});
    h.process({"k", "a1"}, event_time{10});
    h.process({"k", "a2"}, event_time{11});
    CHECK(h.gauges().late_records == (aside ? 0 : 1));
    const auto sides = h.take_side(late);
    REQUIRE(sides.size() == (aside ? 1 : 0));
    if (aside) CHECK(sides[0].at == event_time{10});
  }
}

TEST_CASE("state of a pattern with other steps is refused, an event without time too") {
  int started = 0;
  const auto make = [&]() -> std::unique_ptr<leat::stream_operator> {
    return ++started == 1 ? maker(begin("a").next("b").where(is('b')))()
                          : maker(begin("a").followed_by("b").where(is('b')))();
  };
  harness h{make, keyed()};
  h.process({"k", "a1"}, event_time{1});
  h.snapshot_and_restore(1);
  CHECK_THROWS_WITH_AS(h.process({"k", "b1"}, event_time{2}), doctest::Contains("a pattern with other steps"),
                       leat::operator_failure);
  harness timed{maker(begin("a").next("b").within(duration{5})), keyed()};
  CHECK_THROWS_WITH_AS(timed.process({"k", "a1"}, std::nullopt), doctest::Contains("its events have none"),
                       leat::operator_failure);
}

/// Where events come sorted, those that move nothing are left out at once; what comes out must not tell.
TEST_CASE("timeouts and matches are the same with events left out, and after restores") {
  const auto p =
      pattern{begin("a").followed_by_any("b").where(is('b')).followed_by("c").where(is('c')).within(duration{12})}
          .after_match(leat::skip_past_last_event());
  const auto run = [&](bool sorted, bool restored) {
    auto s = with_timeouts();
    s.sorted = sorted;
    harness h{maker(p, s), keyed()};
    leat::random random{7};
    texts all;
    for (std::int64_t now = 0; now < 600; now += static_cast<std::int64_t>(random.below(4))) {
      h.process({"key-" + std::to_string(random.below(3)), "abcxyz"[random.below(6)] + std::to_string(now)},
                event_time{now});
      if (random.below(3) == 0) h.advance_watermark({event_time{now - 1}});
      if (restored && random.below(4) == 0) h.snapshot_and_restore(1 + static_cast<std::uint32_t>(now % 3));
      if (!restored) static_cast<void>(random.below(4));
    }
    h.advance_watermark(watermark::end());
    CHECK(h.state().empty());
    for (const auto& t : h.take_side(timeouts))
      all.insert("over " + t.value.key + " " + t.value.events + " at " + std::to_string(t.at->ms()));
    for (const auto& f : h.take_values()) all.insert("found " + f.key + " " + f.events);
    return all;
  };
  const texts want = run(false, false);
  CHECK(want.size() > 100);
  CHECK(run(true, false) == want);
  CHECK(run(false, true) == want);
  CHECK(run(true, true) == want);
}

}  // namespace
