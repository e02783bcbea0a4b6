// The profiles against the definition of the features, at the edges of the windows and on random
// traffic.

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <leat/core/codec.hpp>
#include <leat/core/random.hpp>

#include "customer_profile.hpp"
#include "reference.hpp"
#include "terminal_profile.hpp"
#include "trail.hpp"

namespace {

constexpr std::int64_t start_s = 1'522'540'800;  // 2018-04-01

leat::event_time at(std::int64_t seconds) { return leat::event_time{(start_s + seconds) * 1000}; }

constexpr std::int64_t days(std::int64_t n) { return n * fraud::day_s; }

template <class T>
std::string stored(const T& value) {
  leat::encoder e;
  leat::codec<T>::write(e, value);
  return e.take();
}

template <class T>
T restored(const std::string& bytes) {
  T value;
  leat::decoder d{bytes};
  leat::codec<T>::read(d, value, leat::codec<T>::schema_of());
  REQUIRE_MESSAGE(!d.failed(), d.failure());
  CHECK(d.at_end());
  return value;
}

template <class T>
std::string failure(const std::string& bytes) {
  T value;
  leat::decoder d{bytes};
  leat::codec<T>::read(d, value, leat::codec<T>::schema_of());
  return d.failure();
}

/// Transactions of a few customers and terminals over about `length_s` seconds. Gaps are often zero
/// (ties), often whole days or a second off them (window edges), sometimes longer than any window.
std::vector<fraud::transaction> random_traffic(std::uint64_t seed, std::size_t count) {
  leat::random r{seed};
  std::vector<fraud::transaction> all;
  std::int64_t t = 0;
  for (std::size_t i = 0; i < count; ++i) {
    switch (r.below(16)) {
      case 0: t += days(static_cast<std::int64_t>(r.below(9))); break;
      case 1: t += days(static_cast<std::int64_t>(r.below(9))) - (t > 0 ? 1 : 0); break;
      case 2: t += days(static_cast<std::int64_t>(r.below(9))) + 1; break;
      case 3: t += r.below(8) == 0 ? days(40) : 0; break;
      case 4:
      case 5: break;
      default: t += static_cast<std::int64_t>(r.below(days(1) / 4)); break;
    }
    t = std::max(t, all.empty() ? 0 : all.back().tx_datetime.ms() / 1000 - start_s);
    all.push_back({i, at(t), static_cast<std::uint32_t>(r.below(3)), static_cast<std::uint32_t>(r.below(4)),
                   static_cast<std::uint32_t>(r.below(50'000)), static_cast<std::uint8_t>(r.below(3) == 0 ? 1 : 0)});
  }
  return all;
}

void check_near(const fraud::feature_row& have, const fraud::feature_row& want) {
  std::array<double, 15> wanted{};
  std::size_t column = 0;
  leat::for_each_field(want, [&](const char*, const auto& v) { wanted[column++] = static_cast<double>(v); });
  column = 0;
  leat::for_each_field(have, [&](const char* name, const auto& v) {
    CAPTURE(name);
    CHECK(static_cast<double>(v) == doctest::Approx(wanted[column++]).epsilon(1e-12));
  });
}

}  // namespace

TEST_CASE("a customer's windows are open at the old end and include the newest transaction") {
  struct row {
    std::int64_t age_s;
    std::uint32_t nb_1d, nb_7d, nb_30d;
  };
  const row rows[] = {
      {0, 2, 2, 2},           {days(1) - 1, 2, 2, 2},  {days(1), 1, 2, 2},
      {days(7) - 1, 1, 2, 2}, {days(7), 1, 1, 2},      {days(30) - 1, 1, 1, 2},
      {days(30), 1, 1, 1},    {days(30) + 1, 1, 1, 1}, {days(1'000'000), 1, 1, 1},
  };
  for (const auto& [age_s, nb_1d, nb_7d, nb_30d] : rows) {
    CAPTURE(age_s);
    fraud::customer_profile p;
    p.add(at(0), 100);
    const auto f = p.add(at(age_s), 300);
    CHECK(f.nb_1d == nb_1d);
    CHECK(f.nb_7d == nb_7d);
    CHECK(f.nb_30d == nb_30d);
    CHECK(f.avg_1d == (nb_1d == 2 ? 2.0 : 3.0));
    CHECK(f.avg_30d == (nb_30d == 2 ? 2.0 : 3.0));
    CHECK(p.size() == nb_30d);
  }
}

TEST_CASE("a terminal's windows end a week ago, closed at the new end and open at the old one") {
  struct row {
    std::int64_t age_s;
    std::uint32_t nb_1d, nb_7d, nb_30d;
  };
  const row rows[] = {
      {0, 0, 0, 0},        {days(7) - 1, 0, 0, 0},     {days(7), 1, 1, 1},  {days(8) - 1, 1, 1, 1},
      {days(8), 0, 1, 1},  {days(14) - 1, 0, 1, 1},    {days(14), 0, 0, 1}, {days(37) - 1, 0, 0, 1},
      {days(37), 0, 0, 0}, {days(1'000'000), 0, 0, 0},
  };
  for (const auto& [age_s, nb_1d, nb_7d, nb_30d] : rows) {
    for (const bool was_fraud : {false, true}) {
      CAPTURE(age_s);
      CAPTURE(was_fraud);
      fraud::terminal_profile p;
      p.add(at(0), was_fraud);
      const auto f = p.add(at(age_s), !was_fraud);
      CHECK(f.nb_1d == nb_1d);
      CHECK(f.nb_7d == nb_7d);
      CHECK(f.nb_30d == nb_30d);
      CHECK(f.risk_1d == (was_fraud ? nb_1d : 0));
      CHECK(f.risk_7d == (was_fraud ? nb_7d : 0));
      CHECK(f.risk_30d == (was_fraud ? nb_30d : 0));
    }
  }
}

TEST_CASE("milliseconds do not move a window's edge") {
  fraud::customer_profile p;
  p.add(leat::event_time{at(0).ms() + 999}, 100);
  CHECK(p.add(leat::event_time{at(days(1)).ms()}, 100).nb_1d == 1);
  fraud::customer_profile q;
  q.add(leat::event_time{at(0).ms()}, 100);
  CHECK(q.add(leat::event_time{at(days(1)).ms() - 1}, 100).nb_1d == 2);
}

TEST_CASE("windows hold at any time, also before 1970 and where 31 and 32 bits of seconds wrap") {
  for (const std::int64_t origin : {-days(365 * 60) - 1, -days(3), std::int64_t{1} << 31, std::int64_t{1} << 32}) {
    for (const std::int64_t shift : {-days(29), -days(8), std::int64_t{-1}, std::int64_t{0}}) {
      CAPTURE(origin);
      CAPTURE(shift);
      const auto from_origin = [&](std::int64_t s) { return leat::event_time{(origin + shift + s) * 1000}; };
      fraud::customer_profile p;
      fraud::terminal_profile k;
      p.add(from_origin(0), 100);
      k.add(from_origin(0), true);
      k.add(from_origin(days(23)), false);
      CHECK(p.add(from_origin(days(30) - 1), 200) == fraud::customer_features{1, 2.0, 1, 2.0, 2, 1.5});
      CHECK(k.add(from_origin(days(30)), true) == fraud::terminal_features{1, 0.0, 1, 0.0, 2, 0.5});
    }
  }
}

TEST_CASE("a transaction that comes too late counts as the newest does") {
  fraud::customer_profile p;
  p.add(at(days(2)), 100);
  CHECK(p.add(at(0), 300).nb_1d == 2);
  CHECK(p.add(at(days(2) + 1), 500).nb_1d == 3);
  fraud::terminal_profile k;
  k.add(at(days(2)), true);
  k.add(at(0), true);
  CHECK(k.add(at(days(7)), true).nb_30d == 0);
  CHECK(k.add(at(days(9)), true).nb_1d == 2);
}

TEST_CASE(
    "profiles agree with the definition on random traffic, also when stored and restored between "
    "transactions") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    const auto all = random_traffic(seed, 300);
    std::array<fraud::customer_profile, 3> customers;
    std::array<fraud::terminal_profile, 4> terminals;
    leat::random r{seed};
    for (std::size_t i = 0; i < all.size(); ++i) {
      CAPTURE(i);
      const auto& t = all[i];
      auto& customer = customers[t.customer_id];
      auto& terminal = terminals[t.terminal_id];
      if (r.below(4) == 0) {
        customer = restored<fraud::customer_profile>(stored(customer));
        terminal = restored<fraud::terminal_profile>(stored(terminal));
      }
      if (r.below(4) == 0) {
        customer.expire(t.tx_datetime);
        terminal.expire(t.tx_datetime);
      }
      const auto c = customer.add(t.tx_datetime, t.amount_cents);
      const auto k = terminal.add(t.tx_datetime, t.fraud != 0);
      check_near(fraud::make_row(t, c, k), fraud_test::reference_row(all, i));
    }
  }
}

TEST_CASE("storing a restored profile gives the same bytes") {
  fraud::customer_profile p;
  fraud::terminal_profile k;
  for (const auto& t : random_traffic(7, 200)) {
    p.add(t.tx_datetime, t.amount_cents);
    k.add(t.tx_datetime, t.fraud != 0);
  }
  CHECK(stored(restored<fraud::customer_profile>(stored(p))) == stored(p));
  CHECK(stored(restored<fraud::terminal_profile>(stored(k))) == stored(k));
}

TEST_CASE(
    "a profile is empty once its newest transaction has left the longest window, not a second "
    "before") {
  fraud::customer_profile p;
  p.add(at(0), 100);
  p.add(at(days(3)), 100);
  CHECK(p.expires_at() == at(days(33)));
  p.expire(at(days(33) - 1));
  CHECK(p.size() == 1);
  p.expire(p.expires_at());
  CHECK(p.empty());
  CHECK(p.add(at(days(33)), 100).nb_30d == 1);

  fraud::terminal_profile k;
  k.add(at(0), true);
  CHECK(k.expires_at() == at(days(37)));
  k.expire(at(days(37) - 1));
  CHECK(k.size() == 1);
  k.expire(k.expires_at());
  CHECK(k.empty());
}

TEST_CASE("corrupt stored profiles are refused") {
  const auto bytes_of = [](std::int64_t as_of, const std::vector<std::int64_t>& times, std::size_t others) {
    leat::encoder e;
    e.put_array(3);
    e.put_signed(as_of);
    e.put_array(times.size());
    for (const auto t : times) e.put_signed(t);
    e.put_array(others);
    for (std::size_t i = 0; i < others; ++i) e.put_unsigned(1);
    return e.take();
  };
  const auto lowest = std::numeric_limits<std::int64_t>::min();
  const auto highest = std::numeric_limits<std::int64_t>::max();
  struct row {
    std::int64_t as_of;
    std::vector<std::int64_t> times;
    std::size_t others;
    const char* want;
  };
  const row rows[] = {
      {10, {1, 2}, 2, ""},
      {10, {}, 0, ""},
      {10, {1, 2}, 1, "as many times"},
      {10, {2, 1}, 2, "must ascend"},
      {10, {2, 11}, 2, "must ascend"},
      {10, {lowest, 1}, 2, "must ascend"},
      {highest, {1, 2}, 2, "must ascend"},
      {lowest, {}, 0, "must ascend"},
  };
  for (const auto& [as_of, times, others, want] : rows) {
    const auto bytes = bytes_of(as_of, times, others);
    for (const auto& why : {failure<fraud::customer_profile>(bytes), failure<fraud::terminal_profile>(bytes)}) {
      CAPTURE(why);
      CHECK(why.empty() == std::string{want}.empty());
      CHECK(why.find(want) != std::string::npos);
    }
  }
}

TEST_CASE("a trail is a queue that keeps little room to spare") {
  leat::random r{11};
  fraud::trail<std::uint32_t> trail;
  std::deque<std::uint32_t> model;
  std::size_t longest = 0;
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    const bool growing = (i / 20'000) % 2 == 0;
    if (r.below(100) < (growing ? 60U : 40U)) {
      model.push_back(i);
      trail.push(i);
    } else {
      const auto count = static_cast<std::uint32_t>(r.below(std::min<std::size_t>(model.size() + 1, 3)));
      model.erase(model.begin(), model.begin() + count);
      trail.drop(count);
    }
    longest = std::max(longest, model.size());
    REQUIRE(trail.size() == model.size());
    REQUIRE(trail.capacity() <= 32 + 4 * trail.size());
    REQUIRE(std::equal(model.begin(), model.end(), trail.data(), trail.data() + trail.size()));
  }
  CHECK(longest > 1'000);
  trail.drop(trail.size());
  CHECK(trail.capacity() <= 32);

  fraud::trail<std::uint32_t> sliding;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    sliding.push(i);
    if (sliding.size() > 500) sliding.drop(1);
    REQUIRE(sliding.capacity() <= 8 + sliding.size() + sliding.size() / 4);
  }
  const fraud::trail<std::uint32_t> copy = sliding;
  CHECK(copy.capacity() == copy.size());
  CHECK(copy.data()[499] == 9'999);
}
