// Snapshot and restore change nothing: a keyed function with states of all shapes and timers of both kinds does the
// same with restores between any two steps, at any parallelism, as it does without.

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <leat/core/value_text.hpp>
#include <leat/operators/keyed_process.hpp>
#include <leat/state/aggregate_state.hpp>
#include <leat/state/list_state.hpp>
#include <leat/state/map_state.hpp>
#include <leat/state/value_state.hpp>
#include <leat/testing/operator_harness.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using leat::event_time;
using leat::processing_time;
using leat::watermark;

/// What a record asks the function to do.
enum class deed : std::uint8_t {
  add_value,
  clear_value,
  add_to_list,
  clear_list,
  put_into_map,
  remove_from_map,
  reduce,
  clear_reduced,
  aggregate,
  clear_aggregate,
  register_event_timer,
  delete_event_timer,
  register_processing_timer,
  delete_processing_timer,
  last = delete_processing_timer
};

struct request {
  std::string key;
  deed what = deed::add_value;
  std::int64_t amount = 0;
  LEAT_FIELDS(key, what, amount);
};

/// What the function knows of a key, after a request or when a timer fires.
struct answer {
  std::string key;
  std::int64_t timer_ms = 0;
  std::optional<std::int64_t> value;
  std::vector<std::string> list;
  std::map<std::int64_t, std::string> map;
  std::optional<std::int64_t> reduced;
  std::optional<std::int64_t> mean;
  LEAT_FIELDS(key, timer_ms, value, list, map, reduced, mean);
};

struct mean {
  using value = std::int64_t;
  using accumulator = std::pair<std::int64_t, std::int64_t>;
  using result_type = std::int64_t;
  static void add(accumulator& a, std::int64_t v) { a.first += v, ++a.second; }
  static std::int64_t result(const accumulator& a) { return a.first / a.second; }
};

class ledger : public leat::keyed_process<std::string, request, answer> {
 public:
  void process(const request& r, context& ctx, leat::output<answer>& out) override {
    const auto scope = static_cast<leat::scope>(r.amount % 2);
    switch (r.what) {
      case deed::add_value: value_.at() += r.amount; break;
      case deed::clear_value: value_.clear(); break;
      case deed::add_to_list: list_.add(std::string(static_cast<std::size_t>(r.amount), 'x')); break;
      case deed::clear_list: list_.clear(); break;
      case deed::put_into_map: map_.put(r.amount % 5, std::to_string(r.amount)); break;
      case deed::remove_from_map: map_.remove(r.amount % 5); break;
      case deed::reduce: greatest_.add(r.amount); break;
      case deed::clear_reduced: greatest_.clear(); break;
      case deed::aggregate: mean_.add(r.amount); break;
      case deed::clear_aggregate: mean_.clear(); break;
      case deed::register_event_timer: ctx.register_event_timer(event_time{r.amount}, scope); break;
      case deed::delete_event_timer: ctx.delete_event_timer(event_time{r.amount}, scope); break;
      case deed::register_processing_timer: ctx.register_processing_timer(processing_time{r.amount}, scope); break;
      case deed::delete_processing_timer: ctx.delete_processing_timer(processing_time{r.amount}, scope); break;
    }
    tell(ctx, -1, out);
  }
  void on_timer(const leat::timer& t, context& ctx, leat::output<answer>& out) override {
    tell(ctx, t.at_ms, out);
    if (t.at_ms % 3 == 0) list_.clear();
    value_.at() += 1;
  }

 private:
  struct greater {
    std::int64_t operator()(std::int64_t a, std::int64_t b) const { return std::max(a, b); }
  };

  void tell(context& ctx, std::int64_t timer_ms, leat::output<answer>& out) {
    answer a{ctx.key(), timer_ms, {}, list_.get(), map_.entries(), {}, {}};
    if (value_.has()) a.value = value_.get();
    if (greatest_.has()) a.reduced = greatest_.get();
    if (mean_.has()) a.mean = mean_.get();
    out.emit(std::move(a));
  }

  leat::value_state<std::int64_t> value_{*this, "value"};
  leat::list_state<std::string> list_{*this, "list"};
  leat::map_state<std::int64_t, std::string> map_{*this, "map"};
  leat::reducing_state<std::int64_t, greater> greatest_{*this, "greatest"};
  leat::aggregating_state<mean> mean_{*this, "mean"};
};

struct key_of {
  const std::string& operator()(const request& r) const { return r.key; }
};

/// Hands over a request, or moves a clock.
struct step {
  enum class kind { record, watermark, clock };
  kind what = kind::record;
  request record;
  std::int64_t ms = 0;                   ///< moved by, or the record's event time
  std::optional<std::uint32_t> restore;  ///< before it, at this parallelism
};

void showValue(const step& s, std::ostream& to) {
  if (s.restore) to << "restore at " << *s.restore << "; ";
  switch (s.what) {
    case step::kind::record: to << leat::to_text(s.record) << " at " << s.ms; break;
    case step::kind::watermark: to << "watermark +" << s.ms; break;
    case step::kind::clock: to << "clock +" << s.ms; break;
  }
}

rc::Gen<step> any_step() {
  return rc::gen::exec([] {
    step s;
    s.what = *rc::gen::weightedElement<step::kind>(
        {{8, step::kind::record}, {1, step::kind::watermark}, {1, step::kind::clock}});
    s.record.key = *rc::gen::element<std::string>("", "a", "b", "anna", std::string(200, 'k'));
    s.record.what = static_cast<deed>(*rc::gen::inRange(0, static_cast<int>(deed::last) + 1));
    s.record.amount = *rc::gen::inRange<std::int64_t>(0, 60);
    s.ms = *rc::gen::inRange<std::int64_t>(0, 20);
    s.restore = *rc::gen::weightedOneOf<std::optional<std::uint32_t>>(
        {{2, rc::gen::just(std::optional<std::uint32_t>{})},
         {1, rc::gen::map(rc::gen::inRange<std::uint32_t>(1, 9),
                          [](std::uint32_t n) { return std::optional<std::uint32_t>{n}; })}});
    return s;
  });
}

struct outcome {
  std::vector<std::string> records;  ///< sorted, since order is promised within a key only
  leat::key_texts state;
  std::uint64_t keys = 0;
  std::uint64_t timers = 0;
  bool operator==(const outcome&) const = default;
};

outcome run(const std::vector<step>& steps, bool with_restores, std::uint32_t parallelism, std::size_t budget) {
  using harness = leat::operator_harness<request, answer>;
  harness::settings settings;
  settings.hash = [](const request& r) { return leat::key_hash<std::string>{}(r.key); };
  settings.parallelism = parallelism;
  settings.budget = settings.batch_records_max = budget;
  harness h{[] { return std::make_unique<leat::keyed_process_operator<ledger, key_of>>(key_of{}); }, settings};
  watermark told{event_time{0}};
  processing_time now{0};
  for (const step& s : steps) {
    // What comes after a restore in a job: the source tells its watermark again, and due timers fire.
    if (s.restore) {
      if (with_restores) h.snapshot_and_restore(*s.restore);
      h.advance_watermark(told);
      h.set_processing_time(now);
    }
    switch (s.what) {
      case step::kind::record: h.process(s.record, event_time{s.ms}); break;
      case step::kind::watermark: h.advance_watermark(told = watermark{event_time{told.at.ms() + s.ms}}); break;
      case step::kind::clock: h.set_processing_time(now = processing_time{now.ms() + s.ms}); break;
    }
  }
  outcome all;
  for (const auto& e : h.take_output())
    if (const auto* r = std::get_if<leat::emitted<answer>>(&e))
      all.records.push_back(leat::to_text(r->value) + " at " + (r->at ? std::to_string(r->at->ms()) : "no time"));
  std::sort(all.records.begin(), all.records.end());
  all.state = h.state();
  all.keys = h.gauges().state_keys;
  all.timers = h.gauges().timers;
  return all;
}

TEST_CASE("a keyed function does the same with and without restores, at any parallelism and budget") {
  CHECK(rc::check("snapshot then restore is identity", [] {
    const auto steps = *rc::gen::container<std::vector<step>>(any_step());
    const auto parallelism = *rc::gen::inRange<std::uint32_t>(1, 9);
    const auto budget = *rc::gen::inRange<std::size_t>(1, 20);
    const outcome want = run(steps, false, 1, 1024);
    const outcome got = run(steps, true, parallelism, budget);
    RC_ASSERT(got.records == want.records);
    RC_ASSERT(got.state == want.state);
    RC_ASSERT(got.keys == want.keys);
    RC_ASSERT(got.timers == want.timers);
  }));
}

}  // namespace
