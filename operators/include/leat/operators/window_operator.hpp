#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/operator_failure.hpp>
#include <leat/operators/keyed_operator.hpp>
#include <leat/operators/output.hpp>
#include <leat/operators/pane.hpp>
#include <leat/operators/trigger.hpp>
#include <leat/operators/window_assigner.hpp>
#include <leat/operators/window_operator_base.hpp>
#include <leat/state/value_state.hpp>

namespace leat {

/// How panes come to fire: at their end, which needs no memory; or when a trigger says so.
enum class window_firing : bool { at_end, by_trigger };

/// The panes of all keys of a subtask, as keyed state.
template <class K, class Pane>
class window_panes : public state_owner {
 public:
  window_panes() : state_owner(state_layout{sizeof(K), alignof(K), state_operations_of<K>(), codec<K>::schema_of()}) {}
  value_state<pane_list<Pane>> of_key{*this, "panes"};
};

/// Groups the records of each key into windows and makes results of them.
///
/// A record is added to its windows' panes; a pane fires when its trigger says so, and is forgotten once the watermark
/// has passed its end by the allowed lateness (processing time: once the clock has passed its end). A record that is
/// too late for all its windows goes to the late output, or is dropped and counted.
///
/// Each key has one timer a time domain, for the earliest thing to happen to any of its panes. Results carry the last ms
/// of their window as event time.
/// Source: Flink, WindowOperator, EvictingWindowOperator and MergingWindowSet.
template <class Function, class Key, window_firing Firing>
class window_operator final
    : private function_holder<window_panes<
          typename Function::key_type,
          pane<typename Function::contents_type, std::conditional_t<Firing == window_firing::at_end, no_memory,
                                                                    trigger_memory<typename Function::input_type>>>>>,
      public window_operator_base<typename Function::input_type, typename Function::output_type> {
  static constexpr bool by_trigger = Firing == window_firing::by_trigger;
  using K = typename Function::key_type;
  using In = typename Function::input_type;
  using Out = typename Function::output_type;
  using memory_type = std::conditional_t<by_trigger, trigger_memory<In>, no_memory>;
  using pane_type = pane<typename Function::contents_type, memory_type>;
  using panes_type = pane_list<pane_type>;
  using holder = function_holder<window_panes<K, pane_type>>;
  using base = window_operator_base<In, Out>;
  using base::on_event_time;
  using base::out_;
  using base::over_at;
  using base::runtime_;
  using base::settings_;
  using base::watermark_ms;
  using holder::function_;

 public:
  window_operator(Key key, Function function, window_settings<In> settings)
      : base(function_, &keyed_table::read_key<K>, std::move(settings)),
        key_(std::move(key)),
        window_function_(std::move(function)) {
    if constexpr (by_trigger) trigger_ = settings_.make_trigger();
  }

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<In>&>(*b);
    this->template for_each_with_key<K>(in, key_, [this](const In& record, std::int64_t at_ms) { add(record, at_ms); });
    in.clear();
    this->finish();
  }

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] bool too_late(const time_window& w) const { return on_event_time() && over_at(w) <= watermark_ms(); }

  // -- records

  void add(const In& record, std::int64_t at_ms) {
    const std::int64_t at = this->time_of(at_ms);
    bool taken = false;
    if (settings_.assigner.merges())
      taken = add_to_session(record, at, at_ms);
    else
      settings_.assigner.assign(at, [&](const time_window& w) {
        if (too_late(w)) return;
        taken = true;
        add_to(w, record, at, at_ms);
      });
    if (!taken) this->refuse(record, at_ms);
  }

  void add_to(const time_window& w, const In& record, std::int64_t at, std::int64_t at_ms) {
    panes_type& panes = function_.of_key.at();
    pane_type* p = panes.find(w);
    const bool is_new = p == nullptr;
    const due_times before = timers_before(panes);
    if (is_new) p = &panes.add({w.start_ms, w.end_ms, false, {}, {}});
    take(*p, record, at, at_ms);
    if (is_new || by_trigger) settle(before, panes);
  }

  /// Adds a record to its pane and asks the trigger.
  void take(pane_type& p, const In& record, std::int64_t at, std::int64_t at_ms) {
    window_function_.add(p.contents, p.filled, record, at_ms);
    p.filled = true;
    if constexpr (by_trigger) {
      auto context = context_of(p, watermark_ms());
      apply(trigger_->on_record(record, at, context), p);
      set_end(p);
    } else if (on_event_time() && p.window().last_ms() <= watermark_ms()) {
      fire_pane(p);
    }
  }

  /// Finds the panes that the record's session meets, makes one of them all, and adds the record.
  bool add_to_session(const In& record, std::int64_t at, std::int64_t at_ms) {
    time_window w = window_assigner::session_of(at, gap_behind(record));
    panes_type* panes = function_.of_key.has() ? &function_.of_key.at() : nullptr;
    if constexpr (!by_trigger)
      if (panes != nullptr && panes->size() == 1 && (*panes)[0].window().meets(w))
        return prolong(*panes, w, record, at, at_ms);
    std::size_t met = 0;
    const time_window own = w;
    if (panes != nullptr)
      for (std::size_t i = 0; i < panes->size(); ++i)
        if ((*panes)[i].window().meets(own)) {
          ++met;
          w = {std::min(w.start_ms, (*panes)[i].start_ms), std::max(w.end_ms, (*panes)[i].end_ms)};
        }
    if (met == 0) {
      if (too_late(w)) return false;
      add_to(w, record, at, at_ms);
      return true;
    }
    pane_type* const same = panes->find(w);
    if (same == nullptr && on_event_time() && over_at(w) <= watermark_ms()) return false;
    const due_times before = timers_before(*panes);
    pane_type& united = same != nullptr ? *same : unite(*panes, own, w);
    if (too_late(w)) {
      settle(before, *panes);
      return false;
    }
    take(united, record, at, at_ms);
    settle(before, *panes);
    return true;
  }

  /// The only session of a key grows by a record, whose own is `own`.
  bool prolong(panes_type& panes, const time_window& own, const In& record, std::int64_t at, std::int64_t at_ms) {
    pane_type& p = panes[0];
    const time_window w{std::min(p.start_ms, own.start_ms), std::max(p.end_ms, own.end_ms)};
    const bool grows = w != p.window();
    if (grows && too_late(w)) return false;
    const bool timer_is_right =
        !grows || !on_event_time() || p.end_ms - 1 > watermark_ms();  // it stands at the end so far
    p.start_ms = w.start_ms;
    p.end_ms = w.end_ms;
    take(p, record, at, at_ms);
    if (!timer_is_right) settle({}, panes);
    return true;
  }

  [[nodiscard]] duration gap_behind(const In& record) const {
    const duration gap = settings_.gap_of ? settings_.gap_of(record) : settings_.assigner.gap();
    if (gap > duration{0}) return gap;
    throw operator_failure{{errc::invalid_argument, "operator '" + runtime_.uid() + "': the gap behind a record is " +
                                                        std::to_string(gap.count()) + " ms; it must be positive"}};
  }

  /// Makes one pane `w` of those that meet `own`.
  pane_type& unite(panes_type& panes, const time_window& own, const time_window& w) {
    std::vector<pane_type> old;
    for (std::size_t i = panes.size(); i-- > 0;)
      if (panes[i].window().meets(own)) {
        old.push_back(std::move(panes[i]));
        panes.remove(i);
      }
    std::sort(old.begin(), old.end(), [](const auto& a, const auto& b) { return a.start_ms < b.start_ms; });
    pane_type& all = panes.add({w.start_ms, w.end_ms, false, {}, {}});
    for (auto& o : old) {
      if (!o.filled) continue;
      if (all.filled)
        window_function_.unite(all.contents, o.contents);
      else
        all.contents = std::move(o.contents);
      all.filled = true;
    }
    if constexpr (by_trigger) {
      auto context = context_of(all, watermark_ms());
      for (auto& o : old) {
        auto absorbed = context_of(o, watermark_ms());
        trigger_->absorb(context, absorbed);
      }
      trigger_->merged(context);
    }
    return all;
  }

  // -- timers

  /// The earliest thing to happen to any pane of a key.
  struct due_times {
    std::int64_t event = never;
    std::int64_t processing = never;
  };

  /// What happens next to a pane that fires at its end, once time has come to `reached`.
  [[nodiscard]] std::int64_t next_of(const pane_type& p, std::int64_t reached) const {
    const time_window w = p.window();
    if (w.last_ms() > reached) return w.last_ms();
    const std::int64_t over = over_at(w);
    return over > reached ? over : never;
  }

  [[nodiscard]] due_times due_of(const panes_type& panes) const {
    return due_of(panes, on_event_time() ? watermark_ms() : runtime_.now().ms());
  }
  [[nodiscard]] due_times due_of(const panes_type& panes, std::int64_t reached) const {
    due_times due;
    for (std::size_t i = 0; i < panes.size(); ++i) {
      if constexpr (by_trigger) {
        for (const pane_timer& t : panes[i].memory.timers) {
          std::int64_t& first = t.domain == time_domain::event ? due.event : due.processing;
          first = std::min(first, t.at_ms);
        }
      } else {
        std::int64_t& first = on_event_time() ? due.event : due.processing;
        first = std::min(first, next_of(panes[i], reached));
      }
    }
    return due;
  }

  [[nodiscard]] due_times timers_before(const panes_type& panes) const {
    return by_trigger ? due_of(panes) : due_times{};
  }
  /// Moves the key's timers from where they were to where its panes want them. The timer of panes that fire at their
  /// end may stand too early, and is set anew when it fires: a session that grows does not move it each time.
  void settle(const due_times& before, const panes_type& panes) { settle(before, due_of(panes)); }
  void settle(const due_times& before, const due_times& now) {
    if constexpr (by_trigger) {
      move_timer(time_domain::event, before.event, now.event);
      move_timer(time_domain::processing, before.processing, now.processing);
    } else {
      const time_domain domain = settings_.assigner.domain();
      const std::int64_t due = on_event_time() ? now.event : now.processing;
      const std::int64_t set = runtime_.first_timer_ms(domain);
      if (due < set) move_timer(domain, set, due);
    }
  }
  void move_timer(time_domain domain, std::int64_t from, std::int64_t to) {
    if (from == to) return;
    if (from != never) runtime_.delete_timer({domain, from, scope::none});
    if (to != never) runtime_.register_timer({domain, to, scope::none});
  }

  void fire(const timer& t) override {
    panes_type& panes = function_.of_key.at();
    due_times before = by_trigger ? due_of(panes, t.at_ms) : due_times{};         // else it does not matter
    (t.domain == time_domain::event ? before.event : before.processing) = never;  // this timer has gone by firing
    due_.clear();
    for (std::size_t i = 0; i < panes.size(); ++i)
      if (is_due(panes[i], t)) due_.push_back(panes[i].window());
    for (const time_window& w : due_) {
      ring(*panes.find(w), t);
      if (t.domain == settings_.assigner.domain() && over_at(w) == t.at_ms) forget(panes, w);
    }
    settle(before, due_of(panes, t.at_ms));
    if (panes.empty()) function_.of_key.clear();
  }

  [[nodiscard]] bool is_due(const pane_type& p, const timer& t) const {
    if constexpr (by_trigger)
      return std::find(p.memory.timers.begin(), p.memory.timers.end(), pane_timer{t.domain, t.at_ms}) !=
             p.memory.timers.end();
    else
      return p.window().last_ms() == t.at_ms || over_at(p.window()) == t.at_ms;
  }

  /// A timer of a pane fires.
  void ring(pane_type& p, const timer& t) {
    if constexpr (by_trigger) {
      auto context = context_of(p, watermark_ms());
      context.delete_timer(t.domain, t.at_ms);
      apply(t.domain == time_domain::event ? trigger_->on_event_time(t.at_ms, context)
                                           : trigger_->on_processing_time(t.at_ms, context),
            p);
    } else if (p.window().last_ms() == t.at_ms) {
      fire_pane(p);
    }
  }

  void forget(panes_type& panes, const time_window& w) {
    for (std::size_t i = 0; i < panes.size(); ++i)
      if (panes[i].window() == w) return panes.remove(i);
  }

  // -- panes

  [[nodiscard]] trigger_context<In> context_of(pane_type& p, std::int64_t watermark) const {
    return {p.window(), watermark, runtime_.now().ms(), p.memory};
  }
  /// The timer at which a pane is forgotten.
  void set_end(pane_type& p) {
    if (const std::int64_t over = over_at(p.window()); over != never)
      context_of(p, watermark_ms()).set_timer(settings_.assigner.domain(), over);
  }

  void apply(trigger_result r, pane_type& p) {
    if (fires(r)) fire_pane(p);
    if (purges(r)) {
      if constexpr (requires { window_function_.purge(p.contents); })
        window_function_.purge(p.contents);
      else
        p.contents = {};
      p.filled = false;
    }
  }
  void fire_pane(pane_type& p) {
    if (!p.filled) return;
    out_.set_time(p.window().last_ms());
    window_function_.emit(runtime_.template key<K>(), p.window(), p.contents, out_);
  }

  [[no_unique_address]] Key key_;
  Function window_function_;
  std::unique_ptr<trigger<In>> trigger_;
  std::vector<time_window> due_;
};

}  // namespace leat
