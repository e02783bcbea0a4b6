#include <leat/operators/keyed_process.hpp>

#include <doctest/doctest.h>

#include <leat/core/random.hpp>
#include <leat/state/list_state.hpp>
#include <leat/state/map_state.hpp>
#include <leat/state/value_state.hpp>
#include <leat/testing/operator_harness.hpp>

#include <map>
#include <set>
#include <tuple>

namespace {

using leat::event_time;
using leat::watermark;

struct order {
  std::uint32_t customer;
  std::int64_t amount;
  LEAT_FIELDS(customer, amount);
};
struct summary {
  std::uint32_t customer;
  std::int64_t sum;
  std::int64_t count;
  LEAT_FIELDS(customer, sum, count);
  auto operator<=>(const summary&) const = default;
};

/// Sums amounts; an event-time timer at the last ms of every 100 ms emits and clears. Uses every shape of state.
class summing : public leat::keyed_process<std::uint32_t, order, summary> {
 public:
  void process(const order& o, context& ctx, leat::output<summary>&) override {
    sum_.at() += o.amount;
    amounts_.add(o.amount);
    by_size_.at(o.amount % 3) += 1;
    ctx.register_event_timer(event_time{(ctx.timestamp()->ms() / 100 + 1) * 100 - 1});
  }
  void on_timer(const leat::timer&, context& ctx, leat::output<summary>& out) override {
    if (!sum_.has()) return;  // an earlier timer took the records of this interval too
    std::int64_t count = 0;
    for (const auto& [size, n] : by_size_.entries()) count += n;
    CHECK(static_cast<std::size_t>(count) == amounts_.get().size());
    out.emit({ctx.key(), sum_.get(), count});
    sum_.clear();
    amounts_.clear();
    by_size_.clear();
  }

 private:
  leat::value_state<std::int64_t> sum_{*this, "sum"};
  leat::list_state<std::int64_t> amounts_{*this, "amounts"};
  leat::map_state<std::int64_t, std::int64_t> by_size_{*this, "by-size"};
};

struct customer_of {
  const std::uint32_t& operator()(const order& o) const { return o.customer; }
};

using harness = leat::operator_harness<order, summary>;

harness make_harness(std::uint32_t parallelism, std::size_t budget) {
  harness::settings s;
  s.hash = [](const order& o) { return leat::key_hash<std::uint32_t>{}(o.customer); };
  s.parallelism = parallelism;
  s.budget = budget;
  return harness{[] { return std::make_unique<leat::keyed_process_operator<summing, customer_of>>(customer_of{}); }, s};
}

std::vector<std::pair<order, std::optional<event_time>>> random_orders(std::uint64_t seed, std::size_t count) {
  leat::random random{seed};
  std::vector<std::pair<order, std::optional<event_time>>> orders;
  for (std::size_t i = 0; i < count; ++i)
    orders.push_back({{static_cast<std::uint32_t>(random.below(40)), static_cast<std::int64_t>(random.below(100))},
                      event_time{static_cast<std::int64_t>(i * 3)}});
  return orders;
}

std::multiset<summary> expected(const std::vector<std::pair<order, std::optional<event_time>>>& orders) {
  std::map<std::pair<std::int64_t, std::uint32_t>, summary> sums;
  for (const auto& [o, at] : orders) {
    auto& s = sums[{at->ms() / 100, o.customer}];
    s.customer = o.customer;
    s.sum += o.amount;
    ++s.count;
  }
  std::multiset<summary> all;
  for (const auto& [key, s] : sums) all.insert(s);
  return all;
}

TEST_CASE("sums per interval are right in one batch, record by record, with restores, at any parallelism and budget") {
  const auto orders = random_orders(1, 600);
  const auto want = expected(orders);
  for (const auto& [parallelism, budget, restore_every] :
       {std::tuple{1U, 1024U, 0U}, {1U, 1U, 0U}, {3U, 7U, 0U}, {1U, 1024U, 1U}, {2U, 3U, 13U}}) {
    CAPTURE(parallelism);
    CAPTURE(budget);
    CAPTURE(restore_every);
    harness h = make_harness(parallelism, budget);
    std::multiset<summary> got;
    const auto collect = [&] {
      for (const auto& s : h.take_values()) got.insert(s);
    };
    for (std::size_t i = 0; i < orders.size(); ++i) {
      h.advance_watermark({*orders[i].second - leat::duration{1}});
      h.process(orders[i].first, orders[i].second);
      collect();
      if (restore_every != 0 && i % restore_every == 0) h.snapshot_and_restore(1 + static_cast<std::uint32_t>(i % 4));
    }
    h.advance_watermark(watermark::end());
    collect();
    CHECK(got == want);
    CHECK(h.gauges().state_keys == 0);
    CHECK(h.gauges().timers == 0);
  }
}

TEST_CASE("a batch gives what single records give") {
  const auto orders = random_orders(2, 500);
  harness together = make_harness(1, 1024);
  together.process_all(orders);
  together.advance_watermark(watermark::end());
  harness single = make_harness(1, 1024);
  for (const auto& [o, at] : orders) single.process(o, at);
  single.advance_watermark(watermark::end());
  const auto got = together.take_values();
  CHECK(got.size() == 40);
  CHECK(got == single.take_values());
}

/// Deletes its timer and sets a later one with each record: a time-out.
class time_out : public leat::keyed_process<std::uint32_t, order, summary> {
 public:
  void process(const order&, context& ctx, leat::output<summary>&) override {
    if (due_.has()) ctx.delete_event_timer(due_.get());
    due_.set(*ctx.timestamp() + leat::duration{10'000});
    ctx.register_event_timer(due_.get());
  }
  void on_timer(const leat::timer& t, context& ctx, leat::output<summary>& out) override {
    out.emit({ctx.key(), t.at_ms, 0});
    due_.clear();
  }

 private:
  leat::value_state<event_time> due_{*this, "due"};
};

TEST_CASE("deleted timers do not pile up") {
  harness::settings s;
  s.hash = [](const order& o) { return leat::key_hash<std::uint32_t>{}(o.customer); };
  harness h{[] { return std::make_unique<leat::keyed_process_operator<time_out, customer_of>>(customer_of{}); }, s};
  for (std::int64_t i = 0; i < 20'000; ++i) h.process({static_cast<std::uint32_t>(i % 10), 0}, event_time{i});
  CHECK(h.gauges().timers == 10);
  h.advance_watermark(watermark::end());
  const auto fired = h.take_values();
  REQUIRE(fired.size() == 10);
  for (const auto& f : fired) CHECK(f.sum >= 29'990);
}

TEST_CASE("timers of keys with equal hashes and equal times fire once each, for the right key") {
  harness::settings s;
  s.hash = [](const order&) { return 77U; };
  harness h{[] { return std::make_unique<leat::keyed_process_operator<time_out, customer_of>>(customer_of{}); }, s};
  for (std::uint32_t c = 0; c < 5; ++c) h.process({c, 0}, event_time{1});
  for (std::uint32_t c = 0; c < 2; ++c) h.process({c, 0}, event_time{2});  // moves the timers of two of them
  CHECK(h.gauges().timers == 5);
  h.advance_watermark({event_time{10'001}});
  std::set<std::uint32_t> early;
  for (const auto& f : h.take_values()) early.insert(f.customer);
  CHECK(early == std::set<std::uint32_t>{2, 3, 4});
  h.advance_watermark({event_time{10'002}});
  std::set<std::uint32_t> late;
  for (const auto& f : h.take_values()) late.insert(f.customer);
  CHECK(late == std::set<std::uint32_t>{0, 1});
  CHECK(h.gauges().timers == 0);
}

/// Does not use timers, and throws for a negative amount.
class strict : public leat::keyed_process<std::uint32_t, order, summary> {
 public:
  void process(const order& o, context& ctx, leat::output<summary>& out) override {
    if (o.amount < 0) throw std::invalid_argument{"negative amount"};
    seen_.at() += 1;
    out.emit({ctx.key(), o.amount, seen_.get()});
  }

 private:
  leat::value_state<std::int64_t> seen_{*this, "seen"};
};

TEST_CASE("what user code throws comes out unchanged") {
  harness::settings s;
  s.hash = [](const order& o) { return leat::key_hash<std::uint32_t>{}(o.customer); };
  harness h{[] { return std::make_unique<leat::keyed_process_operator<strict, customer_of>>(customer_of{}); }, s};
  h.process({1, 5}, event_time{1});
  CHECK_THROWS_WITH_AS(h.process({1, -5}, event_time{1}), "negative amount", std::invalid_argument);
}

}  // namespace
