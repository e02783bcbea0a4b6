// Patterns: what each word of the builder means, time, skipping, state, and mistakes.

#include <leat/operators/event_time_sorter.hpp>
#include <leat/operators/pattern_operator.hpp>

#include <doctest/doctest.h>

#include <leat/core/random.hpp>
#include <leat/testing/four_ways.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

using leat::duration;
using leat::event_time;
using leat::watermark;

/// "a1" is an event of type a; the number tells it from others.
struct event {
  std::string key;
  std::string id;
  LEAT_FIELDS(key, id);
};
/// A match as text: "a1 b1/c1" where a step took a1 and b1 and the next took c1.
struct found {
  std::string key;
  std::string events;
  LEAT_FIELDS(key, events);
};
struct key_of_event {
  const std::string& operator()(const event& e) const { return e.key; }
};
using pattern = leat::pattern<event>;
using matched = leat::matched<event>;
using texts = std::multiset<std::string>;
using harness = leat::operator_harness<event, found>;
using settings = leat::pattern_settings<std::string, event>;

std::string text_of(const matched& m) {
  std::string text;
  std::string last;
  m.for_each([&](const std::string& step, const event& e) {
    if (!text.empty()) text += step == last ? " " : "/";
    text += e.id;
    last = step;
  });
  return text;
}
struct emit_text {
  void operator()(const std::string& key, const matched& m, leat::output<found>& out) const {
    out.emit({key, text_of(m)});
  }
};
const leat::output_tag<found> timeouts{"timeouts"};

settings with_timeouts(leat::time_domain domain = leat::time_domain::event) {
  return {domain, false, [](const std::string& key, const matched& m, std::int64_t at_ms, leat::side_outputs& sides) {
            sides.emit(timeouts, {key, text_of(m)}, at_ms);
          }};
}
std::function<std::unique_ptr<leat::stream_operator>()> maker(const pattern& p, const settings& s = with_timeouts()) {
  return [p, s] {
    return std::make_unique<leat::pattern_operator<std::string, event, found, key_of_event, emit_text>>(
        key_of_event{}, p, emit_text{}, s);
  };
}
harness::settings keyed() {
  harness::settings s;
  s.hash = [](const event& e) { return leat::key_hash<std::string>{}(e.key); };
  s.side_outputs = {timeouts.name};
  return s;
}

auto is(char type) {
  return [type](const event& e) { return e.id[0] == type; };
}
pattern begin(const char* name) { return pattern::begin(name).where(is(name[0])); }

std::vector<std::string> split(const std::string& words) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    all.push_back(words.substr(at, end - at));
    at = end + 1;
  }
  return all;
}
/// The matches in the events of one key, 1 ms apart.
texts matches_in(const std::string& events, const pattern& p) {
  REQUIRE(p.mistake() == "");
  harness h{maker(p), keyed()};
  std::int64_t now = 0;
  for (const auto& id : split(events)) h.process({"k", id}, event_time{++now});
  texts all;
  for (const auto& f : h.take_values()) all.insert(f.events);
  return all;
}

TEST_CASE("how often a step is matched") {
  struct row {
    const char* about;
    pattern p;
    const char* events;
    texts want;
  };
  const auto b_end = [](pattern p) -> pattern { return p.followed_by("b").where(is('b')); };
  const auto any_b_end = [](pattern p) -> pattern { return p.followed_by_any("b").where(is('b')); };
  const auto cab = [](const std::function<void(pattern&)>& times) {
    pattern p = begin("c").followed_by("a").where(is('a'));
    times(p);
    return p.followed_by("b").where(is('b'));
  };
  const std::vector<row> rows{
      {"once, the first that fits", cab([](pattern&) {}), "c1 d1 a1 a2 b1", {"c1/a1/b1"}},
      {"two are one too many for next", begin("a").next("b").where(is('b')), "a1 x1 b1 a2 b2", {"a2/b2"}},
      {"any that fits", any_b_end(pattern{begin("a")}), "a1 b1 b2", {"a1/b1", "a1/b2"}},
      {"optional", cab([](pattern& p) { p.optional(); }), "c1 a1 b1", {"c1/a1/b1", "c1/b1"}},
      {"one or more, relaxed",
       cab([](pattern& p) { p.one_or_more(); }),
       "c1 d1 a1 a2 d2 a3 b1",
       {"c1/a1/b1", "c1/a1 a2/b1", "c1/a1 a2 a3/b1"}},
      {"one or more, consecutive",
       cab([](pattern& p) { p.one_or_more().consecutive(); }),
       "c1 d1 a1 a2 d2 a3 b1",
       {"c1/a1/b1", "c1/a1 a2/b1"}},
      {"one or more, combinations",
       cab([](pattern& p) { p.one_or_more().allow_combinations(); }),
       "c1 d1 a1 a2 d2 a3 b1",
       {"c1/a1/b1", "c1/a1 a2/b1", "c1/a1 a3/b1", "c1/a1 a2 a3/b1"}},
      {"two times", cab([](pattern& p) { p.times(2); }), "c1 a1 x1 a2 a3 b1", {"c1/a1 a2/b1"}},
      {"two times, consecutive", cab([](pattern& p) { p.times(2).consecutive(); }), "c1 a1 x1 a2 a3 b1", {}},
      {"none to two", cab([](pattern& p) { p.times(0, 2); }), "c1 a1 a2 a3 b1", {"c1/b1", "c1/a1/b1", "c1/a1 a2/b1"}},
      {"two or more", cab([](pattern& p) { p.times_or_more(2); }), "c1 a1 a2 a3 b1", {"c1/a1 a2/b1", "c1/a1 a2 a3/b1"}},
      {"none or more",
       cab([](pattern& p) { p.times_or_more(0); }),
       "c1 a1 a2 b1",
       {"c1/b1", "c1/a1/b1", "c1/a1 a2/b1"}},
      {"greedy",
       pattern{begin("c").followed_by("a").where(is('a')).one_or_more().greedy().followed_by("e").where(
           [](const event& e) { return e.id[0] == 'a' || e.id[0] == 'b'; })},
       "c1 a1 a2 a3 b1",
       {"c1/a1 a2 a3/b1"}},
      {"until",
       cab([](pattern& p) { p.one_or_more().until(is('u')); }),
       "c1 a1 a2 u1 a3 b1",
       {"c1/a1/b1", "c1/a1 a2/b1"}},
      {"greedy until",
       cab([](pattern& p) { p.one_or_more().greedy().until(is('u')); }),
       "c1 a1 a2 u1 a3 b1",
       {"c1/a1 a2/b1"}},
      {"the first step", b_end(pattern{begin("a")}.one_or_more()), "a1 a2 b1", {"a1/b1", "a2/b1", "a1 a2/b1"}},
      {"two conditions, or a third",
       pattern::begin("s").where(is('a')).where([](const event& e) { return e.id != "a1"; }).or_where(is('z')),
       "a1 a2 z1",
       {"a2", "z1"}},
      {"no condition at all", pattern::begin("x").next("y"), "a1 b1 c1", {"a1/b1", "b1/c1"}},
  };
  for (const auto& r : rows) {
    CAPTURE(r.about);
    CHECK(matches_in(r.events, r.p) == r.want);
  }
}

TEST_CASE("what must not come") {
  const auto not_next = pattern{begin("a").not_next("x").where(is('x'))};
  CHECK(matches_in("a1 x1 a2 c1 a3", not_next) == texts{"a2"});
  const auto not_followed = pattern{begin("a").not_followed_by("x").where(is('x')).followed_by("c").where(is('c'))};
  CHECK(matches_in("a1 x1 c1 a2 d1 c2", not_followed) == texts{"a2/c2"});
  const auto in_a_loop =
      pattern{begin("a").one_or_more().not_followed_by("x").where(is('x')).followed_by("c").where(is('c'))};
  CHECK(matches_in("a1 x1 a2 c1", in_a_loop) == texts{"a2/c1"});
  // What is taken for an optional step ends the prohibition.
  const auto optional = pattern{begin("a")
                                    .not_followed_by("x")
                                    .where(is('x'))
                                    .followed_by_any("c")
                                    .where(is('c'))
                                    .optional()
                                    .followed_by_any("d")
                                    .where(is('d'))};
  CHECK(matches_in("a1 c1 x1 d1", optional) == texts{"a1/c1/d1"});
  CHECK(matches_in("a1 x1 d1", optional).empty());
  // Behind another not-step it holds as well.
  const auto both = pattern{
      begin("a").not_followed_by("x").where(is('x')).not_next("y").where(is('y')).followed_by("c").where(is('c'))};
  CHECK(matches_in("a1 d1 x1 c1 a2 d2 c2 a3 y1 c3", both) == texts{"a2/c2"});
}

/// Source of the rows: Flink, docs/libs/cep, "After Match Skip Strategy".
TEST_CASE("what is dropped after a match") {
  const auto b_then_c = pattern{begin("b").one_or_more().consecutive().next("c").where(is('c'))};
  const auto a_then_b = pattern{begin("a").next("b").where(is('b')).one_or_more()};
  const auto either = [](const std::string& types) {
    return [types](const event& e) { return types.find(e.id[0]) != std::string::npos; };
  };
  const auto three = pattern{pattern::begin("1")
                                 .where(either("abc"))
                                 .next("2")
                                 .where(either("bc"))
                                 .next("c")
                                 .where(is('c'))
                                 .one_or_more()
                                 .greedy()
                                 .next("d")
                                 .where(is('d'))};
  const texts all{"b1 b2 b3/c1", "b2 b3/c1", "b3/c1"};
  struct row {
    pattern p;
    const char* events;
    leat::match_skip skip;
    texts want;
  };
  const std::vector<row> rows{
      {b_then_c, "b1 b2 b3 c1", leat::no_skip(), all},
      {b_then_c, "b1 b2 b3 c1", leat::skip_to_next(), all},
      {b_then_c, "b1 b2 b3 c1", leat::skip_past_last_event(), {"b1 b2 b3/c1"}},
      {b_then_c, "b1 b2 b3 c1", leat::skip_to_first("b"), all},
      {b_then_c, "b1 b2 b3 c1", leat::skip_to_last("b"), {"b1 b2 b3/c1", "b3/c1"}},
      {three, "a1 b1 c1 c2 c3 d1", leat::no_skip(), {"a1/b1/c1 c2 c3/d1", "b1/c1/c2 c3/d1", "c1/c2/c3/d1"}},
      {three, "a1 b1 c1 c2 c3 d1", leat::skip_to_first("c"), {"a1/b1/c1 c2 c3/d1", "c1/c2/c3/d1"}},
      {a_then_b, "a1 b1 b2 b3", leat::no_skip(), {"a1/b1", "a1/b1 b2", "a1/b1 b2 b3"}},
      {a_then_b, "a1 b1 b2 b3", leat::skip_to_next(), {"a1/b1"}},
  };
  for (const auto& r : rows) {
    CAPTURE(static_cast<int>(r.skip.what));
    CAPTURE(std::string{r.events});
    pattern p = r.p;
    const texts got = matches_in(r.events, p.after_match(r.skip));
    std::string shown;
    for (const auto& m : got) shown += m + "; ";
    CAPTURE(shown);
    CHECK(got == r.want);
  }
}

TEST_CASE("a match waits for partial matches that began before it, and no longer") {
  auto p = pattern{begin("a")
                       .followed_by("b")
                       .where(is('b'))
                       .followed_by("c")
                       .where([](const event& c, const matched& so_far) { return c.id[1] == so_far.first("a").id[1]; })
                       .within(duration{10})
                       .after_match(leat::skip_past_last_event())};
  harness h{maker(p), keyed()};
  h.process({"k", "a1"}, event_time{1});
  h.process({"k", "a2"}, event_time{2});
  h.process({"k", "b1"}, event_time{3});
  h.process({"k", "c2"}, event_time{4});
  CHECK(h.take_values().empty());  // a1 may still find its c1, which would drop a2's match
  h.snapshot_and_restore(2);
  h.advance_watermark({event_time{11}});
  const auto freed = h.take_output();
  REQUIRE(freed.size() == 2);
  CHECK(std::get<0>(freed[0]).value.events == "a2/b1/c2");
  CHECK(std::get<0>(freed[0]).at == event_time{11});
  CHECK(h.state().empty());
}

TEST_CASE("a condition sees what was taken before") {
  const auto rising = [](const event& e, const matched& so_far) {
    return e.id[0] == 'a' && (!so_far.has("up") || e.id > so_far.last("up").id) && so_far["up"].size() < 3;
  };
  auto p = pattern{pattern::begin("up").where(rising).one_or_more().consecutive().next("b").where(is('b'))};
  CHECK(matches_in("a1 a3 a2 a4 b1", p) == texts{"a2 a4/b1", "a4/b1"});
  CHECK(matches_in("a1 a2 a3 a4 b1", p) == texts{"a2 a3 a4/b1", "a3 a4/b1", "a4/b1"});
  auto wrong = pattern{begin("a").next("b").where([](const event&, const matched& m) { return m.has("small"); })};
  CHECK_THROWS_WITH_AS(static_cast<void>(matches_in("a1 b1", wrong)), doctest::Contains("no step 'small'"),
                       leat::operator_failure);
}

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

TEST_CASE("mistakes of the builder are named") {
  struct row {
    pattern p;
    const char* want;
  };
  const std::vector<row> rows{
      {pattern::begin(""), "step 1 has no name"},
      {pattern::begin("a").next("b").next("a"), "two steps have the name 'a'"},
      {pattern::begin("a").not_followed_by("b"), "ends in not_followed_by (step 'b')"},
      {pattern::begin("a").optional().not_next("b").next("c"), "step 'b' comes behind the optional step 'a'"},
      {pattern::begin("a").times(0, 2).not_followed_by("b").next("c"), "step 'b' comes behind the optional step 'a'"},
      {pattern::begin("a").greedy(), "step 'a' is matched once; greedy"},
      {pattern::begin("a").consecutive(), "step 'a' is matched once; consecutive"},
      {pattern::begin("a").one_or_more().allow_combinations().greedy(), "greedy and allow combinations"},
      {pattern::begin("a").one_or_more().consecutive().allow_combinations(), "told twice how its events follow"},
      {pattern::begin("a").one_or_more().times(3), "told twice how often"},
      {pattern::begin("a").optional().optional(), "optional already"},
      {pattern::begin("a").not_next("b").one_or_more().next("c"), "step 'b' says what must not come"},
      {pattern::begin("a").not_next("b").optional().next("c"), "step 'b' says what must not come"},
      {pattern::begin("a").times(3).until(is('u')), "step 'a' ends by itself; until"},
      {pattern::begin("a").one_or_more().until(is('u')).until(is('v')), "two stop conditions"},
      {pattern::begin("a").times(0), "matched 0 times"},
      {pattern::begin("a").times(3, 2), "at least 3 and at most 2 times"},
      {pattern::begin("a").times(501), "matched 501 times together"},
      {pattern::begin("a").within(duration{0}), "within 0 ms; that must be positive"},
      {pattern::begin("a").after_match(leat::skip_to_first("b")), "skips to a step 'b', which it has not"},
      {pattern::begin("a").not_next("b").next("c").after_match(leat::skip_to_last("b")), "which never has events"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.want);
    CHECK_MESSAGE(r.p.mistake().find(r.want) != std::string::npos, r.p.mistake());
  }
  pattern many = pattern::begin("0");
  for (int i = 1; i < 65; ++i) many.next(std::to_string(i));
  CHECK(many.mistake().find("65 steps and stop conditions; the most is 64") != std::string::npos);
}

}  // namespace
