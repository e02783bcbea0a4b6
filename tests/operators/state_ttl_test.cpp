// What state TTL promises beside the values that reads return, which tests/property/state_ttl_test.cpp compares with a
// model: what is kept, what is in a snapshot, and what becomes of states that get a TTL or lose it.

#include <doctest/doctest.h>

#include <leat/operators/keyed_process.hpp>
#include <leat/state/expiring_aggregate_state.hpp>
#include <leat/state/expiring_list_state.hpp>
#include <leat/state/expiring_map_state.hpp>
#include <leat/state/expiring_value_state.hpp>
#include <leat/state/list_state.hpp>
#include <leat/state/map_state.hpp>
#include <leat/state/value_state.hpp>
#include <leat/testing/four_ways.hpp>

#include <leat/core/random.hpp>

namespace {

using leat::processing_time;
using leat::state_ttl;

struct order {
  std::string customer;
  std::int64_t amount;
  LEAT_FIELDS(customer, amount);
};
struct customer_of {
  const std::string& operator()(const order& o) const { return o.customer; }
};
using harness = leat::operator_harness<order, order>;

harness::settings keyed() {
  harness::settings s;
  s.hash = [](const order& o) { return leat::key_hash<std::string>{}(o.customer); };
  return s;
}

/// Keeps the last order, all orders, and the number of each size; emits them, with 100 for each order kept and 10 000
/// for each size.
template <class Value, class List, class Map>
class remembering : public leat::keyed_process<std::string, order, order> {
 public:
  template <class... Ttl>
  explicit remembering(const Ttl&... ttl)
      : last_{*this, "last", ttl...}, all_{*this, "all", ttl...}, sizes_{*this, "sizes", ttl...} {}

  void process(const order& o, context& ctx, leat::output<order>& out) override {
    if (o.amount > 0) {
      last_.set(o.amount);
      all_.add(o.amount);
      sizes_.at(o.amount % 5) += 1;
    }
    out.emit({ctx.key(), last_.value_or(0) + 100 * count(all_) + 10'000 * count(sizes_)});
  }

 private:
  template <class State>
  static std::int64_t count(State& state) {
    std::int64_t n = 0;
    if constexpr (requires { state.get(); })
      n = static_cast<std::int64_t>(state.get().size());
    else if constexpr (requires { state.entries(); })
      n = static_cast<std::int64_t>(state.entries().size());
    else
      state.for_each([&](std::int64_t, std::int64_t) { ++n; });
    return n;
  }

  Value last_;
  List all_;
  Map sizes_;
};

using lasting = remembering<leat::value_state<std::int64_t>, leat::list_state<std::int64_t>,
                            leat::map_state<std::int64_t, std::int64_t>>;
using passing = remembering<leat::expiring_value_state<std::int64_t>, leat::expiring_list_state<std::int64_t>,
                            leat::expiring_map_state<std::int64_t, std::int64_t>>;

std::unique_ptr<leat::stream_operator> make_lasting() {
  return std::make_unique<leat::keyed_process_operator<lasting, customer_of>>(customer_of{});
}
std::unique_ptr<leat::stream_operator> make_passing(const state_ttl& ttl) {
  return std::make_unique<leat::keyed_process_operator<passing, customer_of>>(customer_of{}, ttl);
}

std::int64_t ask(harness& h, const std::string& customer) {
  h.process({customer, 0}, std::nullopt);
  return h.take_values().at(0).amount;
}

TEST_CASE("a snapshot leaves out what has expired, whole keys, elements and entries") {
  harness h{[] { return make_passing({.ttl = leat::duration{100}}); }, keyed()};
  h.process({"ann", 7}, std::nullopt);
  h.process({"bob", 8}, std::nullopt);
  h.set_processing_time(processing_time{60});
  h.process({"bob", 9}, std::nullopt);
  h.set_processing_time(processing_time{100});
  const leat::key_texts want{{"\"bob\"",
                              {{"last", "{value: 9, written: 60}"},
                               {"all", "[{value: 9, written: 60}]"},
                               {"sizes", "{4: {value: 1, written: 60}}"}}}};
  CHECK(h.state() == want);
  CHECK(h.gauges().state_keys == 1);
}

TEST_CASE("without background cleanup what has expired is kept until its key is accessed") {
  harness h{[] { return make_passing({.ttl = leat::duration{100}, .cleanup = leat::ttl_cleanup::on_access}); },
            keyed()};
  h.process({"ann", 7}, std::nullopt);
  for (std::int64_t ms = 0; ms < 1000; ms += 10) {
    h.set_processing_time(processing_time{ms});
    h.process({"bob", 8}, std::nullopt);
  }
  CHECK(h.state().at("\"ann\"").at("last") == "{value: 7, written: 0}");
  h.take_values();
  CHECK(ask(h, "ann") == 0);
  CHECK(h.state().contains("\"ann\"") == false);
}

/// A harness whose operator is another one from the first restore on.
harness changing(std::function<std::unique_ptr<leat::stream_operator>()> before,
                 std::function<std::unique_ptr<leat::stream_operator>()> after) {
  return harness{
      [=, first = std::make_shared<bool>(true)] { return std::exchange(*first, false) ? before() : after(); }, keyed()};
}

TEST_CASE("states that get a TTL live from the restore on") {
  harness h = changing(make_lasting, [] { return make_passing({.ttl = leat::duration{100}}); });
  h.process({"ann", 7}, std::nullopt);
  h.process({"ann", 8}, std::nullopt);
  h.take_values();
  h.set_processing_time(processing_time{5000});
  h.snapshot_and_restore(2);
  CHECK(ask(h, "ann") == 8 + 200 + 20'000);
  h.set_processing_time(processing_time{5099});
  CHECK(ask(h, "ann") == 8 + 200 + 20'000);
  h.set_processing_time(processing_time{5100});
  CHECK(ask(h, "ann") == 0);
}

TEST_CASE("states that lose their TTL are refused, and the message says why and what to do") {
  harness h = changing([] { return make_passing({.ttl = leat::duration{100}}); }, make_lasting);
  h.process({"ann", 7}, std::nullopt);
  try {
    h.snapshot_and_restore(1);
    FAIL("restored");
  } catch (const leat::operator_failure& e) {
    CHECK(e.reason().code == leat::errc::incompatible);
    CHECK(e.reason().detail ==
          "operator 'under-test': state 'last' had a TTL and has none now, so that what had expired would come back; "
          "declare it with a TTL again, or under another name, which starts empty");
  }
}

TEST_CASE("another TTL at the restore holds for what was written before") {
  harness h = changing([] { return make_passing({.ttl = leat::duration{100}}); },
                       [] { return make_passing({.ttl = leat::duration{1000}}); });
  h.process({"ann", 7}, std::nullopt);
  h.take_values();
  h.snapshot_and_restore(1);
  h.set_processing_time(processing_time{999});
  CHECK(ask(h, "ann") == 7 + 100 + 10'000);
  h.set_processing_time(processing_time{1000});
  CHECK(ask(h, "ann") == 0);
}

TEST_CASE("a clock that steps back makes nothing live again") {
  harness h{[] { return make_passing({.ttl = leat::duration{100}}); }, keyed()};
  h.process({"ann", 7}, std::nullopt);
  h.take_values();
  h.set_processing_time(processing_time{150});
  h.set_processing_time(processing_time{50});
  CHECK(ask(h, "ann") == 0);
}

TEST_CASE("states with a TTL, in four ways") {
  for (const auto update : {leat::ttl_update::on_create_and_write, leat::ttl_update::on_read_and_write}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      leat::random random{seed};
      std::vector<leat::test_step<order>> steps;
      std::int64_t now = 0;
      for (int i = 0; i < 200; ++i) {
        if (random.below(3) == 0)
          steps.emplace_back(processing_time{now += static_cast<std::int64_t>(random.below(60))});
        const auto amount = static_cast<std::int64_t>(random.below(50)) - 10;
        steps.emplace_back(std::pair{order{"c" + std::to_string(random.below(7)), amount}, leat::event_time{i}});
      }
      const auto make = [&] { return make_passing({.ttl = leat::duration{100}, .update = update}); };
      CHECK(leat::differences_of_four_ways<order, order>(make, keyed(), steps) == "");
    }
  }
}

}  // namespace
