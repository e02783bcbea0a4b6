// Operators with two inputs: four ways for each, references computed from the whole input, late records, broadcast state.

#include <leat/operators/broadcast_process.hpp>
#include <leat/operators/interval_join.hpp>
#include <leat/operators/keyed_co_process.hpp>
#include <leat/operators/window_join.hpp>
#include <leat/operators/window_operator.hpp>

#include <doctest/doctest.h>

#include <leat/core/random.hpp>
#include <leat/state/value_state.hpp>
#include <leat/testing/four_ways.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace {

using leat::duration;
using leat::event_time;
using leat::time_window;
using leat::timed_record;
using leat::watermark;

struct click {
  std::uint32_t user;
  std::int64_t number;
  LEAT_FIELDS(user, number);
};
struct view {
  std::uint32_t user;
  std::string page;
  LEAT_FIELDS(user, page);
};
struct pair {
  std::uint32_t user;
  std::int64_t number;
  std::string page;
  LEAT_FIELDS(user, number, page);
  auto operator<=>(const pair&) const = default;
};
using both = leat::two_inputs<click, view>;
using harness = leat::operator_harness<both, pair>;
using step = leat::test_step<both>;

struct user_of_click {
  const std::uint32_t& operator()(const click& c) const { return c.user; }
};
struct user_of_view {
  const std::uint32_t& operator()(const view& v) const { return v.user; }
};

both of(click c) { return {c}; }
both of(view v) { return {std::move(v)}; }

harness::settings keyed() {
  harness::settings s;
  s.hash = [](const both& b) {
    return leat::key_hash<std::uint32_t>{}(std::visit([](const auto& r) { return r.user; }, b.record));
  };
  return s;
}

/// A few users; records of both inputs in any order within ten ms, watermarks behind them.
std::vector<step> random_steps(std::uint64_t seed) {
  leat::random random{seed};
  std::vector<step> steps;
  std::int64_t now = 0;
  for (int i = 0; i < 200; ++i) {
    now += static_cast<std::int64_t>(random.below(4));
    const event_time at{now - static_cast<std::int64_t>(random.below(10))};
    const auto user = static_cast<std::uint32_t>(random.below(4));
    switch (random.below(5)) {
      case 0:
      case 1: steps.emplace_back(std::pair{of(click{user, i}), std::optional{at}}); break;
      case 2:
      case 3: steps.emplace_back(std::pair{of(view{user, "page-" + std::to_string(i)}), std::optional{at}}); break;
      default: steps.emplace_back(watermark{event_time{now - 10}}); break;
    }
  }
  steps.emplace_back(watermark::end());
  return steps;
}

// -- interval join

struct emit_pair {
  void operator()(std::uint32_t user, const timed_record<click>& c, const timed_record<view>& v,
                  leat::output<pair>& out) const {
    out.emit({user, c.value.number, v.value.page});
  }
};
using joiner = leat::interval_join_operator<click, view, pair, user_of_click, user_of_view, emit_pair>;

auto join_between(std::int64_t lower, std::int64_t upper) {
  return [lower, upper] {
    return std::make_unique<joiner>(user_of_click{}, user_of_view{}, emit_pair{},
                                    joiner::settings{{duration{lower}, duration{upper}}, std::nullopt, std::nullopt});
  };
}

constexpr std::pair<std::int64_t, std::int64_t> intervals[] = {{-5, 5}, {0, 0},   {0, 20}, {-20, 0},
                                                               {3, 7},  {-9, -2}, {-1, 0}, {0, 1}};

TEST_CASE("interval join: four ways") {
  for (const auto& [lower, upper] : intervals)
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(lower);
      CAPTURE(upper);
      CAPTURE(seed);
      CHECK(leat::differences_of_four_ways<both, pair>(join_between(lower, upper), keyed(), random_steps(seed)) == "");
    }
}

TEST_CASE("interval join: what a nested loop over the whole input finds, nothing kept at the end") {
  for (const auto& [lower, upper] : intervals)
    for (std::uint64_t seed = 100; seed <= 120; ++seed) {
      CAPTURE(lower);
      CAPTURE(upper);
      CAPTURE(seed);
      const auto steps = random_steps(seed);
      using result = std::tuple<std::int64_t, pair>;
      std::multiset<result> want;
      for (const auto& x : steps)
        for (const auto& y : steps) {
          const auto* left = std::get_if<0>(&x);
          const auto* right = std::get_if<0>(&y);
          if (left == nullptr || right == nullptr || left->first.record.index() != 0 ||
              right->first.record.index() != 1)
            continue;
          const auto& c = std::get<click>(left->first.record);
          const auto& v = std::get<view>(right->first.record);
          const std::int64_t apart = right->second->ms() - left->second->ms();
          if (c.user == v.user && lower <= apart && apart <= upper)
            want.insert({std::max(left->second->ms(), right->second->ms()), pair{c.user, c.number, v.page}});
        }
      harness h{join_between(lower, upper), keyed()};
      std::multiset<result> got;
      for (const auto& s : steps) {
        if (const auto* r = std::get_if<0>(&s))
          h.process(r->first, r->second);
        else
          h.advance_watermark(std::get<watermark>(s));
        for (const auto& e : h.take_output())
          if (const auto* r = std::get_if<leat::emitted<pair>>(&e)) got.insert({r->at->ms(), r->value});
      }
      CHECK((got == want));
      CHECK(h.gauges().state_keys == 0);
      CHECK(h.gauges().timers == 0);
      CHECK(h.gauges().late_records == 0);
    }
}

TEST_CASE("interval join: late records go to their side's output, or are counted") {
  const leat::output_tag<click> late_clicks{"late-clicks"};
  auto s = keyed();
  s.side_outputs = {late_clicks.name};
  harness h{[&] {
              return std::make_unique<joiner>(user_of_click{}, user_of_view{}, emit_pair{},
                                              joiner::settings{{duration{-5}, duration{5}}, late_clicks, std::nullopt});
            },
            s};
  h.advance_watermark({event_time{10}});
  h.process(of(click{1, 1}), event_time{9});
  h.process(of(view{1, "a"}), event_time{9});
  h.process(of(click{1, 2}), event_time{10});
  h.process(of(view{1, "b"}), event_time{12});
  CHECK((h.take_values() == std::vector<pair>{{1, 2, "b"}}));
  const auto late = h.take_side(late_clicks);
  REQUIRE(late.size() == 1);
  CHECK(late[0].value.number == 1);
  CHECK(late[0].at == event_time{9});
  CHECK(h.gauges().late_records == 1);
}

TEST_CASE("interval join: a record without event time ends the attempt, naming what to do") {
  harness h{join_between(-5, 5), keyed()};
  CHECK_THROWS_WITH_AS(h.process(of(click{1, 1}), std::nullopt),
                       doctest::Contains("joins by event time, and a record has none; call event_time on both"),
                       leat::operator_failure);
}

TEST_CASE("interval join: a key that stays busy keeps no more than twice what can still meet a partner") {
  harness h{join_between(0, 10), keyed()};
  for (std::int64_t t = 0; t < 100'000; ++t) {
    h.process(of(click{1, t}), event_time{t});
    if (t % 10 == 0) h.advance_watermark({event_time{t}});
  }
  const auto state = h.state();
  REQUIRE(state.size() == 1);
  const auto& buffers = state.begin()->second.at("buffers");
  std::size_t records = 0;
  for (std::size_t at = 0; (at = buffers.find("number:", at)) != std::string::npos; ++at) ++records;
  CHECK(records > 20);
  CHECK(records < 100);
}

// -- a function with two inputs

/// Counts clicks since the last view of a user, emits at each view; a user's state goes 20 ms after the last record.
class clicks_before_view : public leat::keyed_co_process<std::uint32_t, click, view, pair> {
 public:
  void process_first(const click&, context& ctx, leat::output<pair>&) override {
    clicks_.at() += 1;
    keep(ctx);
  }
  void process_second(const view& v, context& ctx, leat::output<pair>& out) override {
    out.emit({ctx.key(), clicks_.value_or(0), v.page});
    clicks_.clear();
    keep(ctx);
  }
  void on_timer(const leat::timer&, context& ctx, leat::output<pair>& out) override {
    out.emit({ctx.key(), clicks_.value_or(0), "over"});
    clicks_.clear();
    until_.clear();
  }

 private:
  void keep(context& ctx) {
    if (until_.has()) ctx.delete_event_timer(until_.get());
    until_.set(event_time{std::max(until_.value_or(event_time{0}).ms(), ctx.timestamp()->ms() + 20)});
    ctx.register_event_timer(until_.get());
  }
  leat::value_state<std::int64_t> clicks_{*this, "clicks"};
  leat::value_state<event_time> until_{*this, "until"};
};

TEST_CASE("a keyed function with two inputs: four ways, shared state and timers") {
  const auto make = [] {
    return std::make_unique<leat::keyed_co_process_operator<clicks_before_view, user_of_click, user_of_view>>(
        user_of_click{}, user_of_view{});
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    CHECK(leat::differences_of_four_ways<both, pair>(make, keyed(), random_steps(seed)) == "");
  }
  harness h{make, keyed()};
  h.process(of(click{1, 1}), event_time{1});
  h.process(of(click{1, 2}), event_time{2});
  h.process(of(click{2, 3}), event_time{2});
  h.process(of(view{1, "home"}), event_time{3});
  CHECK((h.take_values() == std::vector<pair>{{1, 2, "home"}}));
  h.advance_watermark({event_time{22}});
  CHECK((h.take_values() == std::vector<pair>{{2, 1, "over"}}));
}

// -- window join and co-group

using sides = leat::side_record<click, view>;
using side_key = leat::side_key<user_of_click, user_of_view>;

struct emit_counts {
  void operator()(std::uint32_t user, const time_window& w, std::span<const click> clicks, std::span<const view> views,
                  leat::output<pair>& out) const {
    std::string pages;
    for (const auto& v : views) pages += v.page + " ";
    out.emit({user, w.start_ms * 1000 + static_cast<std::int64_t>(clicks.size()), pages});
  }
};
struct emit_window_pair {
  void operator()(std::uint32_t user, const time_window&, const click& c, const view& v,
                  leat::output<pair>& out) const {
    out.emit({user, c.number, v.page});
  }
};
using grouping = leat::window_co_group<std::uint32_t, click, view, pair, emit_counts>;
using pairing = leat::window_co_group<std::uint32_t, click, view, pair, leat::for_each_pair<emit_window_pair>>;

template <class Function>
auto windows_of(leat::window_assigner assigner) {
  return [assigner] {
    return std::make_unique<leat::window_operator<Function, side_key, leat::window_firing::at_end>>(
        side_key{}, Function{{}}, leat::window_settings<sides>{assigner, duration{0}, std::nullopt, {}, {}});
  };
}

leat::operator_harness<sides, pair>::settings keyed_sides() {
  leat::operator_harness<sides, pair>::settings s;
  s.hash = [](const sides& r) { return leat::key_hash<std::uint32_t>{}(side_key{}(r)); };
  return s;
}

std::vector<leat::test_step<sides>> one_input(const std::vector<step>& steps) {
  std::vector<leat::test_step<sides>> all;
  for (const auto& s : steps) {
    if (const auto* r = std::get_if<0>(&s)) {
      sides record;
      if (r->first.record.index() == 0)
        record.left = std::get<0>(r->first.record);
      else
        record.right = std::get<1>(r->first.record);
      all.emplace_back(std::pair{std::move(record), r->second});
    } else {
      all.emplace_back(std::get<watermark>(s));
    }
  }
  return all;
}

TEST_CASE("window join and co-group: four ways") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    const auto steps = one_input(random_steps(seed));
    for (const auto& a : {leat::tumbling_windows(duration{20}), leat::sliding_windows(duration{20}, duration{5}),
                          leat::session_windows(duration{6})}) {
      CHECK(leat::differences_of_four_ways<sides, pair>(windows_of<grouping>(a), keyed_sides(), steps) == "");
      CHECK(leat::differences_of_four_ways<sides, pair>(windows_of<pairing>(a), keyed_sides(), steps) == "");
    }
  }
}

TEST_CASE("window join: what a nested loop over the whole input finds") {
  for (std::uint64_t seed = 100; seed <= 120; ++seed) {
    CAPTURE(seed);
    const auto steps = one_input(random_steps(seed));
    std::multiset<pair> want;
    for (const auto& x : steps)
      for (const auto& y : steps) {
        const auto* left = std::get_if<0>(&x);
        const auto* right = std::get_if<0>(&y);
        if (left == nullptr || right == nullptr || !left->first.left || !right->first.right) continue;
        const auto window_of = [](const auto& r) { return (r.second->ms() + 1000) / 20; };
        if (left->first.left->user == right->first.right->user && window_of(*left) == window_of(*right))
          want.insert({left->first.left->user, left->first.left->number, right->first.right->page});
      }
    leat::operator_harness<sides, pair> h{windows_of<pairing>(leat::tumbling_windows(duration{20})), keyed_sides()};
    for (const auto& s : steps) {
      if (const auto* r = std::get_if<0>(&s))
        h.process(r->first, r->second);
      else
        h.advance_watermark(std::get<watermark>(s));
    }
    const auto got = h.take_values();
    CHECK((std::multiset<pair>(got.begin(), got.end()) == want));
    CHECK(h.gauges().late_records == 0);
  }
}

// -- broadcast state

/// Views on a page that the rules name are emitted with the number of the rule.
class page_rules : public leat::keyed_broadcast_process<std::uint32_t, view, click, pair> {
 public:
  void process(const view& v, context& ctx, leat::output<pair>& out) override {
    seen_.at() += 1;
    if (v.page == "change rules") rules_.put(1, 1);
    if (const auto* rule = rules_.find(ctx.key())) out.emit({ctx.key(), *rule, v.page});
  }
  void process_broadcast(const click& rule, rule_context& ctx, leat::output<pair>& out) override {
    if (rule.number == 0) {
      rules_.remove(rule.user);
      ctx.for_each_key([&](std::uint32_t user) {
        if (user == rule.user) out.emit({user, seen_.value_or(0), "rule gone"});
        if (user == rule.user) seen_.clear();
      });
    } else {
      rules_.put(rule.user, rule.number);
    }
  }

 private:
  leat::value_state<std::int64_t> seen_{*this, "seen"};
  leat::broadcast_state<std::uint32_t, std::int64_t> rules_{*this, "rules"};
};

auto make_rules() { return std::make_unique<leat::keyed_broadcast_operator<page_rules, user_of_view>>(user_of_view{}); }
using rules_and_views = leat::two_inputs<view, click>;
using rules_harness = leat::operator_harness<rules_and_views, pair>;

rules_harness::settings keyed_views() {
  rules_harness::settings s;
  s.hash = [](const rules_and_views& r) {
    return leat::key_hash<std::uint32_t>{}(std::visit([](const auto& x) { return x.user; }, r.record));
  };
  return s;
}

TEST_CASE("broadcast state is the same in all subtasks, also after a restore at another parallelism") {
  rules_harness h{make_rules, keyed_views()};
  h.process_everywhere({click{1, 7}}, event_time{1});
  h.process_everywhere({click{2, 8}}, event_time{1});
  const auto view_all = [&] {
    for (std::uint32_t user = 0; user < 4; ++user) h.process({view{user, "home"}}, event_time{2});
    auto values = h.take_values();
    std::sort(values.begin(), values.end());
    return values;
  };
  const std::vector<pair> want{{1, 7, "home"}, {2, 8, "home"}};
  CHECK((view_all() == want));
  for (const std::uint32_t parallelism : {3U, 4U, 1U, 2U}) {
    CAPTURE(parallelism);
    h.snapshot_and_restore(parallelism);
    CHECK((view_all() == want));
  }
  h.process_everywhere({click{2, 0}}, event_time{3});  // takes the rule back; user 2's keyed state has five views
  CHECK((h.take_values() == std::vector<pair>{{2, 5, "rule gone"}}));
  CHECK((view_all() == std::vector<pair>{{1, 7, "home"}}));
  CHECK(h.gauges().state_keys == 4);
}

TEST_CASE("broadcast state is refused a change where only one subtask would make it") {
  rules_harness h{make_rules, keyed_views()};
  CHECK_THROWS_WITH_AS(h.process({view{1, "change rules"}}, event_time{1}),
                       doctest::Contains("broadcast state 'rules' is changed outside process_broadcast"),
                       leat::operator_failure);
}

/// The same without keys.
class page_filter : public leat::broadcast_process<view, click, pair> {
 public:
  void process(const view& v, leat::output<pair>& out) override {
    if (users_.contains(v.user)) out.emit({v.user, 0, v.page});
  }
  void process_broadcast(const click& rule, leat::output<pair>&) override { users_.put(rule.user, rule.number); }

 private:
  leat::broadcast_state<std::uint32_t, std::int64_t> users_{*this, "users"};
};

TEST_CASE("broadcast state without keys survives a restore") {
  rules_harness h{[] { return std::make_unique<leat::broadcast_operator<page_filter>>(); }, keyed_views()};
  h.process_everywhere({click{1, 7}}, event_time{1});
  h.snapshot_and_restore(2);
  for (std::uint32_t user = 0; user < 4; ++user) h.process({view{user, "home"}}, event_time{2});
  CHECK((h.take_values() == std::vector<pair>{{1, 0, "home"}}));
}

TEST_CASE("broadcast state of another type is refused, naming it") {
  leat::broadcast_state_owner* owner = nullptr;
  class with_text : public leat::broadcast_process<view, click, pair> {
   public:
    void process(const view&, leat::output<pair>&) override {}
    void process_broadcast(const click&, leat::output<pair>&) override {}

   private:
    leat::broadcast_state<std::uint32_t, std::string> users_{*this, "users"};
  } function;
  owner = &function;
  leat::operator_schema stored{"filter", std::nullopt, {}};
  page_filter{}.append_stored(stored);
  const auto read = owner->read("", stored);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == leat::errc::incompatible);
  CHECK(read.error().detail.find("operator 'filter': broadcast state 'users': ") == 0);
  const auto damaged = page_filter{}.read("\x93\x05", stored);
  REQUIRE_FALSE(damaged.has_value());
  CHECK(damaged.error().code == leat::errc::corrupt);
}

}  // namespace
