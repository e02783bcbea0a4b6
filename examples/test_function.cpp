/// Tests a keyed function without threads or disks: step by step, and in four ways that must agree.
///
/// Run:  build/bin/test_function
/// See:  "ok"; or what is not as wanted, and exit code 1.

#include <leat/leat.hpp>
#include <leat/testing/four_ways.hpp>

#include <cstdio>

using namespace std::chrono_literals;
using leat::event_time;

struct order {
  std::string customer;
  std::uint64_t item;
  LEAT_FIELDS(customer, item);
};

/// The function under test: passes on the first order of a customer and item within a minute.
class without_doubles : public leat::keyed_process<std::string, order, order> {
 public:
  void process(const order& o, context& ctx, leat::output<order>& out) override {
    if (seen_.contains(o.item)) return;
    seen_.put(o.item, true);
    ctx.register_event_timer(*ctx.timestamp() + 60s, leat::scope{static_cast<std::int64_t>(o.item)});
    out.emit(o);
  }
  void on_timer(const leat::timer& t, context&, leat::output<order>&) override {
    seen_.remove(static_cast<std::uint64_t>(t.scope));
  }

 private:
  leat::map_state<std::uint64_t, bool> seen_{*this, "seen"};
};

// [snippet: make]
const auto customer_of = [](const order& o) { return o.customer; };

std::unique_ptr<leat::stream_operator> make() {
  return std::make_unique<leat::keyed_process_operator<without_doubles, decltype(customer_of)>>(customer_of);
}

using harness = leat::operator_harness<order, order>;
const harness::settings keyed{.hash = [](const order& o) { return leat::key_hash<std::string>{}(o.customer); },
                              .side_outputs = {}};
// [end]

int wrong = 0;
void check(bool holds, const char* what) {
  if (holds) return;
  std::printf("not so: %s\n", what);
  wrong = 1;
}

int main() {
  // [snippet: steps]
  harness h{make, keyed};
  h.process({"ann", 7}, event_time{0});
  h.process({"ann", 7}, event_time{1000});
  check(h.take_values().size() == 1, "the second order is a double");
  check(h.state()["\"ann\""]["seen"] == "{7: true}", "the item is remembered");
  h.snapshot_and_restore(3);  // at another parallelism
  h.process({"ann", 7}, event_time{2000});
  check(h.take_values().empty(), "a restore forgets nothing");
  h.advance_watermark({event_time{60000}});
  check(h.gauges().state_keys == 0 && h.gauges().timers == 0, "after a minute nothing is left");
  // [end]

  // [snippet: four ways]
  std::vector<leat::test_step<order>> steps;
  for (std::int64_t i = 0; i < 300; ++i) {
    steps.emplace_back(std::pair{order{"customer-" + std::to_string(i % 7), static_cast<std::uint64_t>(i % 3)},
                                 std::optional{event_time{i * 2000}}});
    if (i % 10 == 9) steps.emplace_back(leat::watermark{event_time{i * 2000 - 5000}});
  }
  const std::string differences = leat::differences_of_four_ways<order, order>(make, keyed, steps);
  check(differences.empty(), differences.c_str());
  // [end]
  if (wrong == 0) std::puts("ok");
  return wrong;
}
