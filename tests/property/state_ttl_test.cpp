// States with a TTL against a plain model that keeps every write with its time: any writes, reads and pauses, with
// restores between any two steps, with and without background cleanup.

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <leat/core/value_text.hpp>
#include <leat/operators/keyed_process.hpp>
#include <leat/state/expiring_aggregate_state.hpp>
#include <leat/state/expiring_list_state.hpp>
#include <leat/state/expiring_map_state.hpp>
#include <leat/state/expiring_value_state.hpp>
#include <leat/testing/operator_harness.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using leat::state_ttl;

enum class deed : std::uint8_t {
  set_value,
  add_to_value,
  read_value,
  clear_value,
  add_to_list,
  set_list,
  read_list,
  put_into_map,
  add_to_entry,
  read_entry,
  remove_entry,
  read_map,
  reduce,
  read_reduced,
  aggregate,
  read_aggregate,
  last = read_aggregate
};

struct request {
  std::string key;
  deed what = deed::set_value;
  std::int64_t amount = 0;
  LEAT_FIELDS(key, what, amount);
};

/// Nothing, one number, a list, or a map as key, value, key, value.
using answer = std::vector<std::int64_t>;

struct summing {
  using value = std::int64_t;
  using accumulator = std::int64_t;
  using result_type = std::int64_t;
  static void add(accumulator& a, std::int64_t v) { a += v; }
  static std::int64_t result(const accumulator& a) { return a; }
};

/// Does what it is asked, with the states under test.
class forgetting : public leat::keyed_process<std::string, request, answer> {
 public:
  explicit forgetting(const state_ttl& ttl)
      : value_{*this, "value", ttl},
        list_{*this, "list", ttl},
        map_{*this, "map", ttl},
        sum_{*this, "sum", ttl},
        total_{*this, "total", ttl} {}

  void process(const request& r, context&, leat::output<answer>& out) override {
    const std::int64_t entry = r.amount % 3;
    switch (r.what) {
      case deed::set_value: return value_.set(r.amount);
      case deed::add_to_value: return void(value_.at() += r.amount);
      case deed::read_value: return out.emit(one(value_.find()));
      case deed::clear_value: return value_.clear();
      case deed::add_to_list: return list_.add(r.amount);
      case deed::set_list: return list_.set(std::vector(static_cast<std::size_t>(entry), r.amount));
      case deed::read_list: return out.emit(list_.get());
      case deed::put_into_map: return map_.put(entry, r.amount);
      case deed::add_to_entry: return void(map_.at(entry) += r.amount);
      case deed::read_entry: return out.emit(one(map_.find(entry)));
      case deed::remove_entry: return map_.remove(entry);
      case deed::read_map: {
        answer all;
        map_.for_each([&](std::int64_t k, std::int64_t v) { all.push_back(k), all.push_back(v); });
        return out.emit(all);
      }
      case deed::reduce: return sum_.add(r.amount);
      case deed::read_reduced: return out.emit(one(sum_.find()));
      case deed::aggregate: return total_.add(r.amount);
      case deed::read_aggregate: {
        const auto result = total_.result();
        return out.emit(one(result ? &*result : nullptr));
      }
    }
  }

 private:
  static answer one(const std::int64_t* found) { return found == nullptr ? answer{} : answer{*found}; }

  leat::expiring_value_state<std::int64_t> value_;
  leat::expiring_list_state<std::int64_t> list_;
  leat::expiring_map_state<std::int64_t, std::int64_t> map_;
  leat::expiring_reducing_state<std::int64_t, std::plus<>> sum_;
  leat::expiring_aggregating_state<summing> total_;
};

/// What is kept of one key, by the words of the documentation and as simply as can be.
class model {
 public:
  explicit model(const state_ttl& ttl) : ttl_(ttl) {}

  std::optional<answer> carry_out(const request& r, std::int64_t now) {
    const std::int64_t entry = r.amount % 3;
    switch (r.what) {
      case deed::set_value: singles_[0] = {r.amount, now}; break;
      case deed::add_to_value: add(singles_, 0, r.amount, now); break;
      case deed::read_value: return read(singles_, 0, now);
      case deed::clear_value: singles_.erase(0); break;
      case deed::add_to_list: list_.push_back({r.amount, now}); break;
      case deed::set_list: list_.assign(static_cast<std::size_t>(entry), {r.amount, now}); break;
      case deed::read_list: return read_list(now);
      case deed::put_into_map: map_[entry] = {r.amount, now}; break;
      case deed::add_to_entry: add(map_, entry, r.amount, now); break;
      case deed::read_entry: return read(map_, entry, now);
      case deed::remove_entry: map_.erase(entry); break;
      case deed::read_map: {
        answer all;
        for (std::int64_t k = 0; k < 3; ++k)
          for (const std::int64_t v : read(map_, k, now)) all.push_back(k), all.push_back(v);
        return all;
      }
      case deed::reduce: add(singles_, 1, r.amount, now); break;
      case deed::read_reduced: return read(singles_, 1, now);
      case deed::aggregate: add(singles_, 2, r.amount, now); break;
      case deed::read_aggregate: return read(singles_, 2, now);
    }
    return std::nullopt;
  }

 private:
  struct kept {
    std::int64_t value = 0;
    std::int64_t since = 0;
  };
  using kept_map = std::map<std::int64_t, kept>;

  [[nodiscard]] bool lax() const { return ttl_.visibility == leat::ttl_visibility::return_expired_if_not_cleaned_up; }
  [[nodiscard]] bool reads_refresh() const { return ttl_.update == leat::ttl_update::on_read_and_write; }
  [[nodiscard]] bool dead(const kept& k, std::int64_t now) const { return now - k.since >= ttl_.ttl.count(); }

  void add(kept_map& to, std::int64_t key, std::int64_t amount, std::int64_t now) const {
    const auto found = to.find(key);
    const bool goes_on = found != to.end() && (lax() || !dead(found->second, now));
    to[key] = {goes_on ? found->second.value + amount : amount, now};
  }
  answer read(kept_map& from, std::int64_t key, std::int64_t now) const {
    const auto found = from.find(key);
    if (found == from.end()) return {};
    const kept was = found->second;
    if (dead(was, now))
      from.erase(found);
    else if (reads_refresh())
      found->second.since = now;
    return dead(was, now) && !lax() ? answer{} : answer{was.value};
  }
  answer read_list(std::int64_t now) {
    answer seen;
    std::vector<kept> living;
    for (const kept& k : list_) {
      if (lax() || !dead(k, now)) seen.push_back(k.value);
      if (!dead(k, now)) living.push_back({k.value, reads_refresh() ? now : k.since});
    }
    if (living.empty() || reads_refresh() || !lax()) list_ = living;
    return seen;
  }

  state_ttl ttl_;
  kept_map singles_;  ///< 0: the value, 1: reduced, 2: aggregated
  kept_map map_;
  std::vector<kept> list_;
};

/// Pauses, then hands over a request.
struct step {
  std::int64_t pause_ms = 0;
  std::optional<std::uint32_t> restore;  ///< before the pause, at this parallelism
  request record;
};

void showValue(const step& s, std::ostream& to) {
  to << "+" << s.pause_ms << (s.restore ? " restored " : " ") << leat::to_text(s.record);
}

rc::Gen<step> any_step() {
  return rc::gen::exec([] {
    step s;
    s.pause_ms = *rc::gen::weightedOneOf<std::int64_t>({{4, rc::gen::just<std::int64_t>(0)},
                                                        {3, rc::gen::inRange<std::int64_t>(1, 8)},
                                                        {1, rc::gen::just<std::int64_t>(10)}});
    s.restore = *rc::gen::weightedOneOf<std::optional<std::uint32_t>>(
        {{5, rc::gen::just(std::optional<std::uint32_t>{})},
         {1, rc::gen::map(rc::gen::inRange<std::uint32_t>(1, 5),
                          [](std::uint32_t n) { return std::optional<std::uint32_t>{n}; })}});
    s.record.key = *rc::gen::element<std::string>("", "a", "b");
    s.record.what = static_cast<deed>(*rc::gen::inRange(0, static_cast<int>(deed::last) + 1));
    s.record.amount = *rc::gen::inRange<std::int64_t>(1, 100);
    return s;
  });
}

struct key_of {
  const std::string& operator()(const request& r) const { return r.key; }
};
using harness = leat::operator_harness<request, answer>;

harness make_harness(const state_ttl& ttl) {
  harness::settings settings;
  settings.hash = [](const request& r) { return leat::key_hash<std::string>{}(r.key); };
  return harness{[ttl] { return std::make_unique<leat::keyed_process_operator<forgetting, key_of>>(key_of{}, ttl); },
                 settings};
}

void compare_with_model(const state_ttl& ttl, const std::vector<step>& steps) {
  harness h = make_harness(ttl);
  std::map<std::string, model> models;
  std::int64_t now = 0;
  for (const step& s : steps) {
    if (s.restore) h.snapshot_and_restore(*s.restore);
    h.set_processing_time(leat::processing_time{now += s.pause_ms});
    h.process(s.record, std::nullopt);
    const auto want = models.try_emplace(s.record.key, ttl).first->second.carry_out(s.record, now);
    RC_ASSERT(h.take_values() == (want ? std::vector<answer>{*want} : std::vector<answer>{}));
  }
}

TEST_CASE("states with a TTL return what a plain model returns, restored at any moment") {
  using enum leat::ttl_update;
  using enum leat::ttl_visibility;
  using enum leat::ttl_cleanup;
  for (const auto update : {on_create_and_write, on_read_and_write}) {
    for (const auto visibility : {never_return_expired, return_expired_if_not_cleaned_up}) {
      for (const auto cleanup : {on_access, background}) {
        // What background cleanup leaves to be seen of expired values is not promised.
        if (cleanup == background && visibility == return_expired_if_not_cleaned_up) continue;
        const state_ttl ttl{leat::duration{10}, update, visibility, cleanup};
        CHECK(rc::check("states with a TTL agree with the model",
                        [&] { compare_with_model(ttl, *rc::gen::container<std::vector<step>>(any_step())); }));
      }
    }
  }
}

TEST_CASE("with background cleanup a stream of new keys keeps as many as one and a half TTLs bring") {
  harness h = make_harness({.ttl = leat::duration{100}});
  std::uint64_t most = 0;
  for (std::int64_t ms = 0; ms < 3000; ++ms) {
    h.set_processing_time(leat::processing_time{ms});
    for (int i = 0; i < 10; ++i) h.process({std::to_string(ms) + "/" + std::to_string(i), deed::add_to_list, 1}, {});
    most = std::max(most, h.gauges().state_keys);
  }
  CHECK(most >= 1000);  // those of one TTL live
  CHECK(most <= 1500);
}

}  // namespace
