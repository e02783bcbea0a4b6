#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <leat/operators/evictor.hpp>
#include <leat/operators/sliced_window_operator.hpp>
#include <leat/operators/trigger.hpp>
#include <leat/operators/window_assigner.hpp>
#include <leat/operators/window_function.hpp>
#include <leat/operators/window_operator.hpp>
#include <leat/stream.hpp>

namespace leat {

/// A stream whose records are grouped into windows, of each key or of all: say how they fire, then what is made of them.
///
///     payments.key_by(&payment::card).window(leat::tumbling_windows(1min)).aggregate<mean_amount>("means")
///     payments.window_all(leat::tumbling_windows(1min)).aggregate<mean_amount>("mean of all")
///
/// Functions that make results are handed the key, the window, what it holds and the output; behind window_all there is
/// no key, and they are handed the rest. Results have the last ms of their window as event time. Late records are
/// dropped and counted unless late_records_to names an output for them.
template <class T, class Key>
class windowed_stream {
 public:
  using key_type = typename keyed_stream<T, Key>::key_type;

  windowed_stream(keyed_stream<T, Key> from, const window_assigner& assigner)
      : from_(std::move(from)), settings_{assigner, duration{0}, std::nullopt, {}, {}} {
    const std::int64_t count = assigner.count(), slide = assigner.count_slide();
    if (count == 0) return;
    trigger<count_trigger>(slide);
    if (slide == count)
      purging();
    else
      evictor<count_evictor>(static_cast<std::size_t>(count));
  }

  /// Keeps panes for this long after the watermark has passed their end; each late record makes them fire again.
  windowed_stream& allowed_lateness(duration d) {
    LEAT_ASSERT(d >= duration{0}, "lateness is not negative");
    settings_.allowed_lateness = d;
    return *this;
  }
  /// Sends records that are too late for all their windows to a side output of the resulting operator.
  windowed_stream& late_records_to(const output_tag<T>& tag) {
    settings_.late_output = tag;
    return *this;
  }
  /// For session_windows(): the gap behind a record, (const T&) → duration, which must be positive.
  windowed_stream& gap_of(std::function<duration(const T&)> gap) {
    settings_.gap_of = std::move(gap);
    return *this;
  }

  /// When panes fire, instead of at their end: `.trigger<leat::count_trigger>(100)`, or a class of your own.
  template <template <class> class Trigger, class... Args>
  windowed_stream& trigger(Args... args) {
    settings_.make_trigger = [args...]() -> std::unique_ptr<leat::trigger<T>> {
      return std::make_unique<Trigger<T>>(args...);
    };
    return *this;
  }
  /// Panes are emptied whenever they fire. Requires: trigger was called.
  windowed_stream& purging() {
    LEAT_ASSERT(settings_.make_trigger, "purging goes around a trigger: call trigger first");
    settings_.make_trigger = [inner = std::move(settings_.make_trigger)]() -> std::unique_ptr<leat::trigger<T>> {
      return std::make_unique<purging_trigger<T>>(inner());
    };
    return *this;
  }
  /// Panes fire also if the trigger has not for this long, by the clock. Requires: trigger was called.
  windowed_stream& or_after(duration timeout, typename processing_timeout_trigger<T>::settings s = {}) {
    LEAT_ASSERT(settings_.make_trigger, "a timeout goes around a trigger: call trigger first");
    settings_.make_trigger = [inner = std::move(settings_.make_trigger), timeout,
                              s]() -> std::unique_ptr<leat::trigger<T>> {
      return std::make_unique<processing_timeout_trigger<T>>(inner(), timeout, s);
    };
    return *this;
  }

  /// Drops records of a pane around its firing: `.evictor<leat::count_evictor>(10)`. All records of a window are kept
  /// then, also for reduce and aggregate.
  template <template <class> class Evictor, class... Args>
  windowed_stream& evictor(Args... args) {
    make_evictor_ = [args...]() -> std::unique_ptr<const leat::evictor<T>> {
      return std::make_unique<Evictor<T>>(args...);
    };
    return *this;
  }

  /// Combines the records of each window: F is (const T& so_far, const T&) → T.
  template <class F>
  stream<T> reduce(std::string uid, F combine) {
    return reduce<T>(std::move(uid), std::move(combine), emit_result{});
  }
  /// The same, and makes results of it: W is (const K& key, const time_window&, const T&, output<Out>&).
  template <class Out, class F, class W>
  stream<Out> reduce(std::string uid, F combine, W emit) {
    auto make = with_key(std::move(emit));
    if (make_evictor_) return keep_all<Out>("window-reduce", std::move(uid), combine_all(combine, make));
    return with_function<window_reduce<key_type, T, Out, F, decltype(make)>>(
        "window-reduce", std::move(uid),
        [combine, make] { return window_reduce<key_type, T, Out, F, decltype(make)>{combine, make}; });
  }

  /// Aggregates the records of each window; for A see window_aggregate.
  template <class A>
  auto aggregate(std::string uid, A aggregate = {}) {
    using R = std::decay_t<decltype(aggregate.result(std::declval<const typename A::accumulator&>()))>;
    return this->template aggregate<R>(std::move(uid), std::move(aggregate), emit_result{});
  }
  /// The same, and makes results of it: W is (const K& key, const time_window&, const R&, output<Out>&).
  template <class Out, class A, class W>
  stream<Out> aggregate(std::string uid, A aggregate, W emit) {
    auto make = with_key(std::move(emit));
    if (make_evictor_) return keep_all<Out>("window-aggregate", std::move(uid), aggregate_all(aggregate, make));
    using function = window_aggregate<key_type, T, Out, A, decltype(make)>;
    return with_function<function>("window-aggregate", std::move(uid),
                                   [aggregate, make] { return function{aggregate, make}; });
  }

  /// Keeps all records of each window: W is (const K& key, const time_window&, std::span<const timed_record<T>>,
  /// output<Out>&). State grows with the records; prefer aggregate.
  template <class Out, class W>
  stream<Out> process(std::string uid, W emit) {
    return keep_all<Out>("window-process", std::move(uid), with_key(std::move(emit)));
  }

  /// The same, with a state S for each window, which lasts from its first firing until it is over: W is (const K& key,
  /// const time_window&, std::span<const timed_record<T>>, S& state, output<Out>&). For windows that fire more than once.
  /// Requires: not sessions, whose windows become one.
  template <class Out, class S, class W>
  stream<Out> process_remembering(std::string uid, W emit) {
    static_assert(keyed, "leat: a state for each window needs a keyed stream");
    LEAT_ASSERT(!settings_.assigner.merges(), "sessions become one, so they have no state of their own");
    using function = window_process_remembering<key_type, T, Out, S, W>;
    return with_function<function>("window-process", std::move(uid), [emit, make_evictor = make_evictor_] {
      return function{emit, make_evictor ? make_evictor() : nullptr};
    });
  }

  /// Runs a window function, see leat/operators/window_function.hpp; `make_function` makes one for each subtask.
  template <class Function, class Make>
  auto with_function(std::string kind, std::string uid, Make make_function) {
    graph_node node;
    node.kind = std::move(kind);
    node.make = [key = from_.key_, settings = complete(), make_function]() -> std::unique_ptr<stream_operator> {
      if (settings.make_trigger)
        return std::make_unique<window_operator<Function, Key, window_firing::by_trigger>>(key, make_function(),
                                                                                           settings);
      if constexpr (order_free<Function>)
        if (!settings.assigner.merges())
          return std::make_unique<sliced_window_operator<Function, Key>>(key, make_function(), settings);
      return std::make_unique<window_operator<Function, Key, window_firing::at_end>>(key, make_function(), settings);
    };
    auto results = from_.template then<typename Function::output_type>(std::move(node), std::move(uid));
    if constexpr (!keyed) results.parallelism(1);
    return results;
  }

 private:
  static constexpr bool keyed = !std::is_same_v<Key, same_key>;

  /// Functions behind window_all are not handed a key.
  template <class W>
  static auto with_key(W emit) {
    if constexpr (keyed || std::is_same_v<W, emit_result>)
      return emit;
    else
      return [emit](const key_type&, const time_window& w, const auto& contents, auto& out) mutable {
        emit(w, contents, out);
      };
  }

  template <class F, class W>
  static auto combine_all(F combine, W emit) {
    return [combine, emit](const key_type& key, const time_window& w, std::span<const timed_record<T>> all,
                           auto& out) mutable {
      if (all.empty()) return;
      T so_far = all.front().value;
      for (const auto& r : all.subspan(1)) so_far = combine(std::as_const(so_far), r.value);
      emit(key, w, std::as_const(so_far), out);
    };
  }
  template <class A, class W>
  static auto aggregate_all(A aggregate, W emit) {
    return [aggregate, emit](const key_type& key, const time_window& w, std::span<const timed_record<T>> all,
                             auto& out) mutable {
      typename A::accumulator so_far{};
      for (const auto& r : all) aggregate.add(so_far, r.value);
      emit(key, w, aggregate.result(std::as_const(so_far)), out);
    };
  }

  template <class Out, class W>
  stream<Out> keep_all(std::string kind, std::string uid, W emit) {
    using function = window_process<key_type, T, Out, W>;
    return with_function<function>(std::move(kind), std::move(uid), [emit, make_evictor = make_evictor_] {
      return function{emit, make_evictor ? make_evictor() : nullptr};
    });
  }

  /// Windows without end have no trigger unless one is set.
  [[nodiscard]] window_settings<T> complete() const {
    window_settings<T> s = settings_;
    if (s.assigner.is_global() && !s.make_trigger)
      s.make_trigger = []() -> std::unique_ptr<leat::trigger<T>> { return std::make_unique<never_trigger<T>>(); };
    return s;
  }

  keyed_stream<T, Key> from_;
  window_settings<T> settings_;
  std::function<std::unique_ptr<const leat::evictor<T>>()> make_evictor_;
};

}  // namespace leat
