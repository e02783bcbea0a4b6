// Patterns: what each word of the builder means, what is dropped after a match, and mistakes.

#include <doctest/doctest.h>

#include "pattern_fixture.hpp"

namespace {

using namespace pattern_test;

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
