// Every operator that is fed by another, all at once, one by one, restored between any two steps, and refused.

#include <leat/testing/four_ways.hpp>

#include <doctest/doctest.h>

#include <leat/core/random.hpp>
#include <leat/operators/event_time_assigner.hpp>
#include <leat/operators/event_time_sorter.hpp>
#include <leat/operators/keyed_process.hpp>
#include <leat/operators/keyed_reduce.hpp>
#include <leat/operators/stateless.hpp>
#include <leat/state/list_state.hpp>
#include <leat/state/map_state.hpp>
#include <leat/state/value_state.hpp>

namespace {

using leat::event_time;
using leat::processing_time;
using leat::watermark;

struct order {
  std::string customer;
  std::int64_t amount;
  LEAT_FIELDS(customer, amount);
};
using step = leat::test_step<order>;
using harness = leat::operator_harness<order, order>;

struct customer_of {
  const std::string& operator()(const order& o) const { return o.customer; }
};

harness::settings keyed() {
  harness::settings s;
  s.hash = [](const order& o) { return leat::key_hash<std::string>{}(o.customer); };
  return s;
}

/// Records of seven customers, somewhat out of order; watermarks behind them; the clock goes on.
std::vector<step> random_steps(std::uint64_t seed) {
  leat::random random{seed};
  std::vector<step> steps;
  std::int64_t now = 0;
  std::int64_t clock = 0;
  for (int i = 0; i < 200; ++i) {
    const auto what = random.below(10);
    now += static_cast<std::int64_t>(random.below(5));
    if (what < 8)
      steps.emplace_back(
          std::pair{order{"customer-" + std::to_string(random.below(7)), static_cast<std::int64_t>(random.below(100))},
                    std::optional{event_time{now - static_cast<std::int64_t>(random.below(8))}}});
    else if (what == 8)
      steps.emplace_back(watermark{event_time{now - 10}});
    else
      steps.emplace_back(processing_time{clock += static_cast<std::int64_t>(random.below(20))});
  }
  steps.emplace_back(processing_time{clock + 1000});
  steps.emplace_back(watermark::end());
  return steps;
}

void check(const std::function<std::unique_ptr<leat::stream_operator>()>& make, const harness::settings& settings) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    CHECK(leat::differences_of_four_ways<order, order>(make, settings, random_steps(seed)) == "");
  }
}

/// All shapes of state, timers of both domains, deleted and set again.
class everything : public leat::keyed_process<std::string, order, order> {
 public:
  void process(const order& o, context& ctx, leat::output<order>& out) override {
    sum_.at() += o.amount;
    amounts_.add(o.amount);
    by_tens_.at(o.amount / 10) += 1;
    if (o.amount % 7 == 0) {
      out.emit({ctx.key(), -sum_.get()});
      ctx.delete_event_timer(due_.value_or(event_time{0}));
    }
    due_.set(event_time{ctx.timestamp()->ms() / 20 * 20 + 19});
    ctx.register_event_timer(due_.get());
    ctx.register_event_timer(event_time{ctx.timestamp()->ms() / 50 * 50 + 49}, leat::scope{50});
    ctx.register_processing_timer(processing_time{ctx.now().ms() / 10 * 10 + 10});
  }
  void on_timer(const leat::timer& t, context& ctx, leat::output<order>& out) override {
    std::int64_t tens = 0;
    for (const auto& [ten, count] : by_tens_.entries()) tens += ten * count;
    out.emit({ctx.key() + (t.domain == leat::time_domain::event ? "/event/" : "/clock/") + std::to_string(t.at_ms),
              sum_.value_or(0) * 1'000'000 + static_cast<std::int64_t>(amounts_.get().size()) * 1000 + tens});
    if (t.scope == leat::scope{50}) {
      sum_.clear();
      amounts_.clear();
      by_tens_.clear();
    }
  }

 private:
  leat::value_state<std::int64_t> sum_{*this, "sum"};
  leat::value_state<event_time> due_{*this, "due"};
  leat::list_state<std::int64_t> amounts_{*this, "amounts"};
  leat::map_state<std::int64_t, std::int64_t> by_tens_{*this, "by-tens"};
};

TEST_CASE("a keyed function with all shapes of state and timers") {
  check([] { return std::make_unique<leat::keyed_process_operator<everything, customer_of>>(customer_of{}); }, keyed());
}

TEST_CASE("reduce") {
  const auto larger = [](const order& a, const order& b) { return a.amount > b.amount ? a : b; };
  using reduce = leat::keyed_reduce<std::string, order, decltype(larger)>;
  check([&] { return std::make_unique<leat::keyed_process_operator<reduce, customer_of>>(customer_of{}, larger); },
        keyed());
}

TEST_CASE("sorting by event time") {
  check([] { return std::make_unique<leat::event_time_sorter<order>>(); }, keyed());
}

TEST_CASE("map, filter and flat-map") {
  const auto twice = [](const order& o) { return order{o.customer, 2 * o.amount}; };
  const auto even = [](const order& o) { return o.amount % 2 == 0; };
  const auto split = [](const order& o, leat::output<order>& out) {
    for (std::int64_t left = o.amount; left > 0; left -= 30) out.emit({o.customer, std::min<std::int64_t>(left, 30)});
  };
  check([&] { return std::make_unique<leat::map_operator<order, order, decltype(twice)>>(twice); }, {});
  check([&] { return std::make_unique<leat::filter_operator<order, decltype(even)>>(even); }, {});
  check([&] { return std::make_unique<leat::flat_map_operator<order, order, decltype(split)>>(split); }, {});
}

TEST_CASE("event times given in the middle of a stream") {
  const leat::event_timing<order> timing{[](const order* orders, std::size_t count, std::int64_t* times) {
                                           std::int64_t newest = leat::no_event_time;
                                           for (std::size_t i = 0; i < count; ++i)
                                             newest = std::max(newest, times[i] = orders[i].amount);
                                           return newest;
                                         },
                                         leat::monotonous()};
  check([&] { return std::make_unique<leat::event_time_assigner<order>>(timing); }, {});
}

/// Counts in a way that a restore loses: the kit must see it.
class forgetful : public leat::keyed_process<std::string, order, order> {
 public:
  void process(const order&, context& ctx, leat::output<order>& out) override { out.emit({ctx.key(), ++seen_}); }

 private:
  std::int64_t seen_ = 0;
};

TEST_CASE("an operator that keeps state to itself is found out") {
  const auto make = [] {
    return std::make_unique<leat::keyed_process_operator<forgetful, customer_of>>(customer_of{});
  };
  const auto differences = leat::differences_of_four_ways<order, order>(make, keyed(), random_steps(1));
  CHECK(differences.find("restored: lacks {customer: ") != std::string::npos);
  CHECK(differences.find("one by one") == std::string::npos);
}

TEST_CASE("state, timers and side outputs can be looked at") {
  static const leat::output_tag<std::string> large{"large"};
  class noting : public leat::keyed_process<std::string, order, order> {
   public:
    void process(const order& o, context& ctx, leat::output<order>&) override {
      if (o.amount > 10) ctx.emit(large, "large: " + ctx.key());
      seen_.add(o.amount);
      ctx.register_event_timer(event_time{100});
    }

   private:
    leat::list_state<std::int64_t> seen_{*this, "seen"};
    void on_timer(const leat::timer&, context&, leat::output<order>&) override { seen_.clear(); }
  };
  auto s = keyed();
  s.side_outputs = {"large"};
  harness h{[] { return std::make_unique<leat::keyed_process_operator<noting, customer_of>>(customer_of{}); }, s};
  h.process({"ann", 5}, event_time{1});
  h.process({"ann", 50}, event_time{2});
  h.process({"bob", 7}, event_time{3});
  const leat::key_texts want{{"\"ann\"", {{"seen", "[5, 50]"}, {"timers", "[{domain: 0, at_ms: 100, scope: 0}]"}}},
                             {"\"bob\"", {{"seen", "[7]"}, {"timers", "[{domain: 0, at_ms: 100, scope: 0}]"}}}};
  CHECK(h.state() == want);
  const auto sides = h.take_side(large);
  REQUIRE(sides.size() == 1);
  CHECK(sides[0].value == "large: ann");
  CHECK(sides[0].at == event_time{2});
  CHECK(h.take_side(large).empty());
  h.advance_watermark({event_time{100}});
  CHECK(h.state().empty());
}

}  // namespace
