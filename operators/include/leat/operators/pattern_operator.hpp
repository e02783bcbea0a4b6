#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <leat/core/operator_failure.hpp>
#include <leat/operators/keyed_operator.hpp>
#include <leat/operators/output.hpp>
#include <leat/operators/pattern_matcher.hpp>
#include <leat/state/value_state.hpp>

namespace leat {

/// The partial matches of all keys of a subtask, as keyed state.
template <class K, class T>
class pattern_state : public state_owner {
 public:
  pattern_state() : state_owner(state_layout{sizeof(K), alignof(K), state_operations_of<K>(), codec<K>::schema_of()}) {}
  value_state<key_matches_box<T>> of_key{*this, "matches"};
  key_matches_pool<T> pool;  // here, as it outlives the table
};

/// What a pattern operator is told beside the pattern, the key and what to make of matches.
template <class K, class T>
struct pattern_settings {
  time_domain domain = time_domain::event;  ///< what `within` is measured by
  bool sorted = false;                      ///< events come sorted, and right behind them the watermark
  /// Told of partial matches whose time is over; may be empty.
  std::function<void(const K&, const matched<T>&, std::int64_t at_ms, side_outputs&)> timed_out;
};

/// Looks for a pattern in the events of each key. Takes events as they come: in event time an event_time_sorter is in
/// front of it. Events that move no partial match cost no look at the key. `Emit` is (const K&, const matched<T>&, output<Out>&).
///
/// Each key has one timer at most, for when its first partial match is over. Matches carry the time of the event that
/// completed them; what happens because time is over carries the time of the first event + within.
/// Errors: an event without time where the pattern has a `within`; state of another pattern.
template <class K, class T, class Out, class Key, class Emit>
class pattern_operator final : private function_holder<pattern_state<K, T>>, public keyed_operator {
  using holder = function_holder<pattern_state<K, T>>;
  using holder::function_;
  using matches_type = key_matches<T>;

 public:
  pattern_operator(Key key, pattern<T> p, Emit emit, pattern_settings<K, T> settings)
      : keyed_operator(function_, p.form().within ? timer_use::some : timer_use::none, &keyed_table::read_key<K>),
        key_(std::move(key)),
        matcher_(std::move(p)),
        emit_(std::move(emit)),
        settings_(std::move(settings)) {}

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<T>&>(*b);
    std::uint64_t* truth = matcher_.evaluate(in.values(), in.size());
    if (settings_.sorted || !matcher_.form().within) leave_out_what_moves_nothing(in, truth);
    for_each_with_key<K>(
        in, key_, [this, &truth](const T& event, std::int64_t at_ms) { add(event, at_ms, *truth++); },
        [this](const slot_header* s) { fetch(s); });
    in.clear();
    finish();
  }

  [[nodiscard]] operator_gauges gauges() const override {
    operator_gauges g = keyed_operator::gauges();
    g.state_bytes += function_.pool.bytes();
    return g;
  }

 private:
  /// Tells the matcher's findings on.
  struct teller {
    pattern_operator& self;
    void matched(const leat::matched<T>& m, std::int64_t at_ms) {
      self.out_.set_time(self.on_event_time() ? at_ms : self.runtime_.time());
      self.emit_(self.runtime_.template key<K>(), m, self.out_);
    }
    [[nodiscard]] bool wants_timed_out() const { return self.settings_.timed_out != nullptr; }
    void timed_out(const leat::matched<T>& m, std::int64_t at_ms) {
      self.settings_.timed_out(self.runtime_.template key<K>(), m, self.on_event_time() ? at_ms : self.runtime_.time(),
                               self.runtime_.sides());
    }
  };

  [[nodiscard]] bool on_event_time() const { return settings_.domain == time_domain::event; }

  /// Time that is over because of such an event is over at the watermark too, which follows.
  void leave_out_what_moves_nothing(batch<T>& in, std::uint64_t* truth) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!matcher_.moves(truth[i])) continue;
      if (kept != i) {
        in.values()[kept] = std::move(in.values()[i]);
        in.times()[kept] = in.times()[i];
        in.hashes()[kept] = in.hashes()[i];
        truth[kept] = truth[i];
      }
      ++kept;
    }
    in.resize(kept);
  }
  /// Asks the processor for the partial matches of a key that will be needed soon.
  void fetch(const slot_header* s) const {
    const auto* box = function_.of_key.peek(s);
    if (box == nullptr || box->matches == nullptr) return;
    const auto* at = reinterpret_cast<const std::byte*>(box->matches.get());
    for (std::size_t line = 0; line < std::min<std::size_t>(sizeof(matches_type), 384); line += 64)
      __builtin_prefetch(at + line, 1);
  }

  void add(const T& event, std::int64_t time, std::uint64_t truth) {
    const bool known = function_.of_key.has();
    if (!known && !matcher_.may_begin(truth)) return;
    const std::int64_t at_ms = on_event_time() ? time : runtime_.now().ms();
    if (at_ms == no_event_time && matcher_.form().within) throw operator_failure{no_times()};
    if (known && at_ms < function_.of_key.get().quiet_until_ms && !matcher_.moves(truth)) return;
    if (known && !matcher_.may_change(checked(*function_.of_key.get().matches), at_ms, truth)) return;
    matches_type& m = known ? *function_.of_key.at().matches : make();
    teller to{*this};
    matcher_.advance(m, at_ms, to);
    matcher_.take(m, event, at_ms, truth, to);
    settle(m);
  }

  void fire(const timer& t) override {
    if (!function_.of_key.has()) return;
    matches_type& m = checked(*function_.of_key.at().matches);
    m.timer_ms = matches_type::no_timer;
    teller to{*this};
    matcher_.advance(m, t.at_ms, to);
    settle(m);
  }

  /// Keeps a timer for the first run that will be over; one for an earlier time serves as well. A key that waits for
  /// nothing is forgotten.
  void settle(matches_type& m) {
    const std::int64_t due = matcher_.next_over(m);
    function_.of_key.at().quiet_until_ms = due;
    if (m.timer_ms == matches_type::no_timer) {
      if (due != matcher_.never) {
        runtime_.register_timer({settings_.domain, due, scope::none});
        m.timer_ms = due;
      } else if (m.idle()) {
        forget();
      }
    }
  }

  matches_type& make() {
    auto& box = function_.of_key.at();
    box.matches = function_.pool.make();
    box.matches->pattern = matcher_.fingerprint();
    return *box.matches;
  }
  void forget() {
    function_.pool.give_back(std::move(function_.of_key.at().matches));
    function_.of_key.clear();
  }
  matches_type& checked(matches_type& m) const {
    if (m.pattern != matcher_.fingerprint()) [[unlikely]]
      throw operator_failure{other_pattern()};
    return m;
  }

  void open_output(output_port& port, std::size_t batch_records_max) override {
    out_.open(port, batch_records_max != 0 ? batch_records_max : batch_capacity_for(sizeof(Out)));
  }
  void flush_output() override { out_.flush(); }

  [[nodiscard]] error no_times() const {
    return {errc::invalid_argument, "operator '" + runtime_.uid() +
                                        "' looks for a pattern within a time, and its events have none; call "
                                        "event_time on the stream before key_by, or use on_processing_time()"};
  }
  [[nodiscard]] error other_pattern() const {
    return {errc::incompatible, "operator '" + runtime_.uid() +
                                    "' has partial matches of a pattern with other steps; give the operator another "
                                    "uid, or the pattern its old steps"};
  }

  [[no_unique_address]] Key key_;
  pattern_matcher<T> matcher_;
  Emit emit_;
  pattern_settings<K, T> settings_;
  output<Out> out_;
};

}  // namespace leat
