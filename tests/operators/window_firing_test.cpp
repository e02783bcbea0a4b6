// A million windows that end at one watermark: fired a few at a time, without an allocation for each.

#include <leat/operators/sliced_window_operator.hpp>
#include <leat/operators/window_function.hpp>
#include <leat/operators/window_operator.hpp>

#include <doctest/doctest.h>

#include <leat/core/clock.hpp>
#include <leat/core/memory_file_system.hpp>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

namespace {
std::atomic<std::size_t> allocations{0};
}

#ifndef __SANITIZE_ADDRESS__  // which has its own, and counts none here
// Counts what the whole program allocates; the tests compare before and after.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

namespace {

using leat::duration;
using leat::event_time;
using leat::time_window;

struct reading {
  std::uint32_t sensor;
  std::int64_t value;
  LEAT_FIELDS(sensor, value);
};
struct sensor_of {
  const std::uint32_t& operator()(const reading& r) const { return r.sensor; }
};
struct add_up {
  using accumulator = std::int64_t;
  void add(std::int64_t& sum, const reading& r) const { sum += r.value; }
  void merge(std::int64_t& sum, std::int64_t other) const { sum += other; }
  std::int64_t result(std::int64_t sum) const { return sum; }
};
struct emit_reading {
  void operator()(std::uint32_t sensor, const time_window&, std::int64_t sum, leat::output<reading>& out) const {
    out.emit({sensor, sum});
  }
};
using adding = leat::window_aggregate<std::uint32_t, reading, reading, add_up, emit_reading>;

/// Counts what comes out.
class counting_port final : public leat::output_port {
 public:
  void push(leat::batch_ptr& b) override {
    records += b->size();
    b->clear();
  }
  void push_watermark(leat::watermark) override {}
  void push_status(leat::stream_status) override {}

  std::size_t records = 0;
};

constexpr std::uint32_t keys = 1'000'000;
constexpr std::size_t budget = 1024;

/// Gives every key a record at time 10, fires at watermark 1000, and checks how.
void check_firing(leat::stream_operator& op) {
  counting_port port;
  leat::manual_clock clock;
  leat::output_port* ports[] = {&port};
  leat::operator_context context;
  context.uid = "windows";
  context.time = &clock;
  REQUIRE(op.open(context, ports).has_value());
  REQUIRE(op.restored(std::nullopt).has_value());
  leat::batch_ptr b = std::make_shared<leat::batch<reading>>(1000);
  for (std::uint32_t key = 0; key < keys;) {
    auto& in = static_cast<leat::batch<reading>&>(*b);
    for (; !in.full() && key < keys; ++key) {
      in.hashes()[in.size()] = leat::key_hash<std::uint32_t>{}(key);
      in.push({key, 1}, 10);
    }
    op.process(0, b);
  }
  REQUIRE(op.gauges().state_keys == keys);

  const std::size_t before = allocations.load();
  std::size_t most_at_once = 0;
  for (bool done = false; !done;) {
    const std::size_t emitted = port.records;
    done = op.advance_watermark({event_time{1000}}, budget);
    most_at_once = std::max(most_at_once, port.records - emitted);
  }
  CHECK(port.records == keys);
  CHECK(most_at_once <= budget);
  CHECK(allocations.load() - before < 1000);
  CHECK(op.gauges().state_keys == 0);
}

leat::window_settings<reading> with(const leat::window_assigner& assigner) {
  return {assigner, duration{0}, std::nullopt, {}, {}};
}

TEST_CASE("a million tumbling windows that end together") {
  leat::sliced_window_operator<adding, sensor_of> op{sensor_of{}, adding{{}, {}},
                                                     with(leat::tumbling_windows(duration{1000}))};
  check_firing(op);
}

TEST_CASE("a million sessions that end together") {
  leat::window_operator<adding, sensor_of, leat::window_firing::at_end> op{sensor_of{}, adding{{}, {}},
                                                                           with(leat::session_windows(duration{100}))};
  check_firing(op);
}

}  // namespace
