#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <leat/core/time.hpp>
#include <leat/operators/pane.hpp>
#include <leat/operators/time_window.hpp>

namespace leat {

/// What a trigger decides about a pane: to emit its result, to forget its contents, both, or nothing.
enum class trigger_result : std::uint8_t { go_on = 0, fire = 1, purge = 2, fire_and_purge = 3 };

[[nodiscard]] constexpr bool fires(trigger_result r) { return (static_cast<unsigned>(r) & 1U) != 0; }
[[nodiscard]] constexpr bool purges(trigger_result r) { return (static_cast<unsigned>(r) & 2U) != 0; }

/// A pane as its trigger sees it: the window, time, timers of its own, and what the trigger remembers of it.
/// Threading: one subtask.
template <class In>
class trigger_context {
 public:
  trigger_context(time_window w, std::int64_t watermark_ms, std::int64_t now_ms, trigger_memory<In>& memory,
                  std::size_t first_number = 0)
      : window_(w), watermark_ms_(watermark_ms), now_ms_(now_ms), memory_(&memory), first_number_(first_number) {}

  [[nodiscard]] const time_window& window() const { return window_; }
  [[nodiscard]] std::int64_t watermark_ms() const { return watermark_ms_; }
  [[nodiscard]] std::int64_t now_ms() const { return now_ms_; }

  /// Timers are a set: setting one again has no effect.
  void set_timer(time_domain domain, std::int64_t at_ms) {
    auto& timers = memory_->timers;
    if (std::find(timers.begin(), timers.end(), pane_timer{domain, at_ms}) == timers.end())
      timers.push_back({domain, at_ms});
  }
  void delete_timer(time_domain domain, std::int64_t at_ms) { std::erase(memory_->timers, pane_timer{domain, at_ms}); }

  /// The i-th number that the trigger remembers; empty at first.
  [[nodiscard]] std::optional<std::int64_t>& number(std::size_t i) {
    auto& all = memory_->numbers;
    if (all.size() <= first_number_ + i) all.resize(first_number_ + i + 1);
    return all[first_number_ + i];
  }
  /// A record that the trigger remembers; empty at first.
  [[nodiscard]] std::optional<In>& record() { return memory_->record; }

  /// The same pane for a trigger inside another one, whose numbers begin behind the outer one's.
  [[nodiscard]] trigger_context inner(std::size_t numbers_of_outer) const {
    return {window_, watermark_ms_, now_ms_, *memory_, first_number_ + numbers_of_outer};
  }

 private:
  time_window window_;
  std::int64_t watermark_ms_;
  std::int64_t now_ms_;
  trigger_memory<In>* memory_;
  std::size_t first_number_;
};

/// Decides when panes fire. One object serves all panes of a subtask: it must keep what it knows of one in the context.
/// Threading: one subtask.
/// Source: Flink, org.apache.flink.streaming.api.windowing.triggers.
template <class In>
class trigger {
 public:
  using context = trigger_context<In>;
  virtual ~trigger() = default;

  /// A record was added, with this time: its event time, or the clock's for processing-time windows.
  virtual trigger_result on_record(const In& record, std::int64_t at_ms, context& pane) = 0;
  /// A timer of the pane fires.
  virtual trigger_result on_event_time(std::int64_t, context&) { return trigger_result::go_on; }
  virtual trigger_result on_processing_time(std::int64_t, context&) { return trigger_result::go_on; }
  /// `pane` is the union of panes that have become one; `absorbed` is one of them, to take memory from. Then merged.
  virtual void absorb(context& pane, context& absorbed) = 0;
  virtual void merged(context& pane) { static_cast<void>(pane); }
  /// The pane is over: delete the timers that were set.
  virtual void clear(context& pane) = 0;
};

/// Makes a trigger for each subtask.
template <class In>
using trigger_factory = std::function<std::unique_ptr<trigger<In>>()>;

/// Once the watermark has passed the window's end, and for each late record after that.
template <class In>
class event_time_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  trigger_result on_record(const In&, std::int64_t, context& pane) override {
    if (pane.window().last_ms() <= pane.watermark_ms()) return trigger_result::fire;
    pane.set_timer(time_domain::event, pane.window().last_ms());
    return trigger_result::go_on;
  }
  trigger_result on_event_time(std::int64_t at_ms, context& pane) override {
    return at_ms == pane.window().last_ms() ? trigger_result::fire : trigger_result::go_on;
  }
  void absorb(context&, context&) override {}
  void merged(context& pane) override {
    if (pane.window().last_ms() > pane.watermark_ms()) pane.set_timer(time_domain::event, pane.window().last_ms());
  }
  void clear(context& pane) override { pane.delete_timer(time_domain::event, pane.window().last_ms()); }
};

/// Once the clock has passed the window's end.
template <class In>
class processing_time_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  trigger_result on_record(const In&, std::int64_t, context& pane) override {
    pane.set_timer(time_domain::processing, pane.window().last_ms());
    return trigger_result::go_on;
  }
  trigger_result on_processing_time(std::int64_t, context&) override { return trigger_result::fire; }
  void absorb(context&, context&) override {}
  void merged(context& pane) override {
    if (pane.window().last_ms() > pane.now_ms()) pane.set_timer(time_domain::processing, pane.window().last_ms());
  }
  void clear(context& pane) override { pane.delete_timer(time_domain::processing, pane.window().last_ms()); }
};

/// Never: for panes that are looked at by an evictor, or purged, by something else.
template <class In>
class never_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  trigger_result on_record(const In&, std::int64_t, context&) override { return trigger_result::go_on; }
  void absorb(context&, context&) override {}
  void clear(context&) override {}
};

/// After every `count` records.
template <class In>
class count_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  explicit count_trigger(std::int64_t count) : count_(count) {}

  trigger_result on_record(const In&, std::int64_t, context& pane) override {
    auto& seen = pane.number(0);
    seen = seen.value_or(0) + 1;
    if (*seen < count_) return trigger_result::go_on;
    seen.reset();
    return trigger_result::fire;
  }
  void absorb(context& pane, context& absorbed) override {
    if (absorbed.number(0)) pane.number(0) = pane.number(0).value_or(0) + *absorbed.number(0);
  }
  void clear(context& pane) override { pane.number(0).reset(); }

 private:
  std::int64_t count_;
};

/// Every `interval` of event time while the window is open, and at its end.
template <class In>
class continuous_event_time_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  explicit continuous_event_time_trigger(duration interval) : interval_(interval.count()) {}

  trigger_result on_record(const In&, std::int64_t at_ms, context& pane) override {
    if (pane.window().last_ms() <= pane.watermark_ms()) return trigger_result::fire;
    pane.set_timer(time_domain::event, pane.window().last_ms());
    if (!pane.number(0)) set_next(at_ms - at_ms % interval_, pane);
    return trigger_result::go_on;
  }
  trigger_result on_event_time(std::int64_t at_ms, context& pane) override {
    if (at_ms == pane.window().last_ms()) return trigger_result::fire;
    if (pane.number(0) != at_ms) return trigger_result::go_on;
    set_next(at_ms, pane);
    return trigger_result::fire;
  }
  void absorb(context& pane, context& absorbed) override {
    if (const auto next = absorbed.number(0)) pane.number(0) = std::min(pane.number(0).value_or(*next), *next);
  }
  void merged(context& pane) override {
    if (pane.number(0)) pane.set_timer(time_domain::event, *pane.number(0));
  }
  void clear(context& pane) override {
    if (pane.number(0)) pane.delete_timer(time_domain::event, *pane.number(0));
    pane.number(0).reset();
  }

 private:
  /// At the end of the stream a window without end fires once more, not every interval up to the end of time.
  void set_next(std::int64_t after, context& pane) {
    const bool at_end = pane.window().is_global() && watermark{event_time{pane.watermark_ms()}} == watermark::end();
    pane.number(0) = at_end ? pane.window().last_ms() : std::min(after + interval_, pane.window().last_ms());
    pane.set_timer(time_domain::event, *pane.number(0));
  }
  std::int64_t interval_;
};

/// Every `interval` of the clock while there are records.
template <class In>
class continuous_processing_time_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  explicit continuous_processing_time_trigger(duration interval) : interval_(interval.count()) {}

  trigger_result on_record(const In&, std::int64_t, context& pane) override {
    if (!pane.number(0)) set_next(pane.now_ms() - pane.now_ms() % interval_, pane);
    return trigger_result::go_on;
  }
  trigger_result on_processing_time(std::int64_t at_ms, context& pane) override {
    if (pane.number(0) != at_ms) return trigger_result::go_on;
    pane.number(0).reset();
    if (at_ms < pane.window().last_ms()) set_next(at_ms, pane);  // behind it there is no next
    return trigger_result::fire;
  }
  void absorb(context& pane, context& absorbed) override {
    if (const auto next = absorbed.number(0)) pane.number(0) = std::min(pane.number(0).value_or(*next), *next);
  }
  void merged(context& pane) override {
    if (pane.number(0)) pane.set_timer(time_domain::processing, *pane.number(0));
  }
  void clear(context& pane) override {
    if (pane.number(0)) pane.delete_timer(time_domain::processing, *pane.number(0));
    pane.number(0).reset();
  }

 private:
  void set_next(std::int64_t after, context& pane) {
    pane.number(0) = std::min(after + interval_, pane.window().last_ms());
    pane.set_timer(time_domain::processing, *pane.number(0));
  }
  std::int64_t interval_;
};

/// When a record differs from the one that fired last by more than `threshold`; `difference` is
/// (const In& earlier, const In& now) → double.
template <class In>
class delta_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  using difference = std::function<double(const In&, const In&)>;
  delta_trigger(double threshold, difference d) : threshold_(threshold), difference_(std::move(d)) {}

  trigger_result on_record(const In& record, std::int64_t, context& pane) override {
    auto& last = pane.record();
    const bool far = last && difference_(*last, record) > threshold_;
    if (!last || far) last = record;
    return far ? trigger_result::fire : trigger_result::go_on;
  }
  void absorb(context& pane, context& absorbed) override {
    if (absorbed.record()) pane.record() = absorbed.record();
  }
  void clear(context& pane) override { pane.record().reset(); }

 private:
  double threshold_;
  difference difference_;
};

/// As another trigger, and forgets the contents whenever that fires.
template <class In>
class purging_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  explicit purging_trigger(std::unique_ptr<trigger<In>> inner) : inner_(std::move(inner)) {}

  trigger_result on_record(const In& record, std::int64_t at_ms, context& pane) override {
    return purge(inner_->on_record(record, at_ms, pane));
  }
  trigger_result on_event_time(std::int64_t at_ms, context& pane) override {
    return purge(inner_->on_event_time(at_ms, pane));
  }
  trigger_result on_processing_time(std::int64_t at_ms, context& pane) override {
    return purge(inner_->on_processing_time(at_ms, pane));
  }
  void absorb(context& pane, context& absorbed) override { inner_->absorb(pane, absorbed); }
  void merged(context& pane) override { inner_->merged(pane); }
  void clear(context& pane) override { inner_->clear(pane); }

 private:
  static trigger_result purge(trigger_result r) { return fires(r) ? trigger_result::fire_and_purge : r; }
  std::unique_ptr<trigger<In>> inner_;
};

/// As another trigger, and also when that has not fired for `timeout` of the clock since the first record
/// (`on_each_record`: since the last one). `clear_on_timeout`: the inner trigger begins anew then.
template <class In>
class processing_timeout_trigger final : public trigger<In> {
 public:
  using context = trigger_context<In>;
  struct settings {
    bool on_each_record = false;
    bool clear_on_timeout = true;
  };
  processing_timeout_trigger(std::unique_ptr<trigger<In>> inner, duration timeout, settings s)
      : inner_(std::move(inner)), timeout_(timeout.count()), settings_(s) {}

  trigger_result on_record(const In& record, std::int64_t at_ms, context& pane) override {
    context within = pane.inner(1);
    const trigger_result r = inner_->on_record(record, at_ms, within);
    if (fires(r)) {
      clear(pane);
      return r;
    }
    auto& due = pane.number(0);
    if (due && settings_.on_each_record) {
      pane.delete_timer(time_domain::processing, *due);
      due.reset();
    }
    if (!due) {
      due = pane.now_ms() + timeout_;
      pane.set_timer(time_domain::processing, *due);
    }
    return r;
  }
  trigger_result on_event_time(std::int64_t at_ms, context& pane) override {
    context within = pane.inner(1);
    return timed_out(inner_->on_event_time(at_ms, within), pane);
  }
  trigger_result on_processing_time(std::int64_t at_ms, context& pane) override {
    context within = pane.inner(1);
    return timed_out(inner_->on_processing_time(at_ms, within), pane);
  }
  void absorb(context& pane, context& absorbed) override {
    if (const auto due = absorbed.number(0)) pane.number(0) = std::min(pane.number(0).value_or(*due), *due);
    context within = pane.inner(1);
    context absorbed_within = absorbed.inner(1);
    inner_->absorb(within, absorbed_within);
  }
  void merged(context& pane) override {
    if (pane.number(0)) pane.set_timer(time_domain::processing, *pane.number(0));
    context within = pane.inner(1);
    inner_->merged(within);
  }
  void clear(context& pane) override {
    if (pane.number(0)) pane.delete_timer(time_domain::processing, *pane.number(0));
    pane.number(0).reset();
    context within = pane.inner(1);
    inner_->clear(within);
  }

 private:
  trigger_result timed_out(trigger_result inner, context& pane) {
    if (settings_.clear_on_timeout) clear(pane);
    return purges(inner) ? trigger_result::fire_and_purge : trigger_result::fire;
  }

  std::unique_ptr<trigger<In>> inner_;
  std::int64_t timeout_;
  settings settings_;
};

}  // namespace leat
