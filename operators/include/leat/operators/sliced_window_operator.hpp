#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include <leat/operators/slice_list.hpp>
#include <leat/operators/window_operator_base.hpp>
#include <leat/operators/window_slicing.hpp>
#include <leat/state/value_state.hpp>

namespace leat {

/// The slices of all keys of a subtask, as keyed state.
template <class K, class Contents>
class window_slices : public state_owner {
 public:
  window_slices() : state_owner(state_layout{sizeof(K), alignof(K), state_operations_of<K>(), codec<K>::schema_of()}) {}
  value_state<slice_list<Contents>> of_key{*this, "slices"};
};

/// Whether a window function does not care in which order records come, so that it can be given them in slices.
template <class Function>
concept order_free = requires { requires Function::is_order_free; };

/// Windows that fire at their end, of a function that takes records in any order: a record is added to its slice of
/// time, and each window is made of the slices that it covers, when it ends. What a record costs does not depend on how
/// many windows overlap. The results, late records and counters are those of window_operator.
///
/// Each key has one timer: for the end of the next window that is not empty, or the moment at which its oldest slice is
/// of no more use.
/// Requires: tumbling, sliding or cumulative windows.
template <class Function, class Key>
class sliced_window_operator final
    : private function_holder<window_slices<typename Function::key_type, typename Function::contents_type>>,
      public window_operator_base<typename Function::input_type, typename Function::output_type> {
  static_assert(order_free<Function>);
  using K = typename Function::key_type;
  using In = typename Function::input_type;
  using Out = typename Function::output_type;
  using Contents = typename Function::contents_type;
  using slices = slice_list<Contents>;
  using holder = function_holder<window_slices<K, Contents>>;
  using base = window_operator_base<In, Out>;
  using base::out_;
  using base::runtime_;
  using base::settings_;
  using holder::function_;

 public:
  sliced_window_operator(Key key, Function function, window_settings<In> settings)
      : base(function_, &keyed_table::read_key<K>, std::move(settings)),
        key_(std::move(key)),
        window_function_(std::move(function)),
        slicing_(settings_.assigner) {}

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<In>&>(*b);
    if (this->on_event_time())
      this->template for_each_with_key<K>(in, key_, [this](const In& record, std::int64_t at_ms) {
        if (!add_to_newest(record, at_ms, at_ms)) add(record, this->time_of(at_ms), at_ms);
      });
    else
      this->template for_each_with_key<K>(in, key_, [this](const In& record, std::int64_t at_ms) {
        const std::int64_t now = this->time_of(at_ms);
        if (!add_to_newest(record, now, at_ms)) add(record, now, at_ms);
      });
    in.clear();
    this->finish();
  }

 private:
  static constexpr std::int64_t never = window_slicing::never;

  /// The time up to which windows have fired.
  [[nodiscard]] std::int64_t reached() const {
    return this->on_event_time() ? this->watermark_ms() : std::numeric_limits<std::int64_t>::min();
  }
  /// When a slice is of no more use.
  [[nodiscard]] std::int64_t over_at(std::int64_t slice_start) const {
    return base::over_at({slice_start, slicing_.last_end(slice_start)});
  }

  /// What happens most: the record falls into the newest slice, whose windows are all to come.
  bool add_to_newest(const In& record, std::int64_t at, std::int64_t at_ms) {
    if (!function_.of_key.has()) return false;
    const std::int64_t start = function_.of_key.get().newest_start();
    const std::int64_t slice = slicing_.slice_ms();
    if (at < start || at - start >= slice || start + slice - 1 <= reached()) return false;
    window_function_.add(function_.of_key.at().newest(), true, record, at_ms);
    return true;
  }

  [[gnu::noinline]] void add(const In& record, std::int64_t at, std::int64_t at_ms) {
    const std::int64_t start = slicing_.slice_start(at);
    const std::int64_t first_end = slicing_.next_end(start, start);
    if (first_end == never) return this->refuse(record, at_ms);  // between windows
    if (over_at(start) <= reached()) return this->refuse(record, at_ms);
    slices& all = function_.of_key.at();
    window_function_.add(all.at(start), true, record, at_ms);
    for (std::int64_t end = first_end; end != never && end - 1 <= reached(); end = slicing_.next_end(start, end))
      if (const time_window w = slicing_.ending(end); base::over_at(w) > reached()) fire_window(all, w);
    set_timer(start);
  }

  /// Sets the key's timer for what happens to a slice that has been added to, if that comes before all else. What has
  /// happened to the other slices only the timer knows: after a restore the watermark begins anew, and by the clock
  /// windows fire without one.
  void set_timer(std::int64_t slice_start) {
    const std::int64_t ended = reached() < never ? reached() + 1 : never;
    const std::int64_t end = slicing_.next_end(slice_start, ended);
    const std::int64_t due = std::min(end == never ? never : end - 1, over_at(slice_start));
    const std::int64_t first = runtime_.first_timer_ms(settings_.assigner.domain());
    if (due >= first) return;
    if (first != never) runtime_.delete_timer({settings_.assigner.domain(), first, scope::none});
    runtime_.register_timer({settings_.assigner.domain(), due, scope::none});
  }
  /// The next thing that happens to a key's slices after `reached`.
  [[nodiscard]] std::int64_t due_after(const slices& all, std::int64_t reached) const {
    if (all.empty()) return never;
    const std::int64_t ended = reached < never ? reached + 1 : never;
    std::int64_t end = never;
    for (std::size_t i = 0; i < all.size() && end == never; ++i) end = slicing_.next_end(all[i].start_ms, ended);
    return std::min(end == never ? never : end - 1, over_at(all[0].start_ms));
  }

  void fire(const timer& t) override {
    slices& all = function_.of_key.at();
    if (slicing_.ends_at(t.at_ms + 1)) fire_window(all, slicing_.ending(t.at_ms + 1));
    std::size_t gone = 0;
    while (gone < all.size() && over_at(all[gone].start_ms) <= t.at_ms) ++gone;
    if (gone == all.size()) return function_.of_key.clear();
    if (gone > 0) all.drop_before(all[gone].start_ms);
    const std::int64_t due = due_after(all, t.at_ms);
    if (due != never) runtime_.register_timer({t.domain, due, scope::none});
  }

  /// Makes a window's result of its slices; nothing if there are none.
  void fire_window(slices& all, const time_window& w) {
    all.with_sum(
        w.start_ms, w.end_ms, [this](Contents& into, Contents& from) { window_function_.unite(into, from); },
        [&](Contents& sum) {
          out_.set_time(w.last_ms());
          window_function_.emit(runtime_.template key<K>(), w, sum, out_);
        });
  }

  [[no_unique_address]] Key key_;
  Function window_function_;
  window_slicing slicing_;
};

}  // namespace leat
