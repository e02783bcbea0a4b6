#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <leat/core/operator_failure.hpp>
#include <leat/operators/interval_buffer.hpp>
#include <leat/operators/keyed_operator.hpp>
#include <leat/operators/output.hpp>
#include <leat/state/value_state.hpp>

namespace leat {

/// Which right records a left one meets: those from `lower` to `upper` behind its own time.
struct join_interval {
  duration lower{0};  ///< included; negative: before it
  duration upper{0};  ///< included
};

/// What an interval join keeps of a key.
template <class Left, class Right>
struct interval_join_buffers {
  interval_buffer<Left> left;
  interval_buffer<Right> right;
  bool timer_set = false;
  LEAT_FIELDS(left, right, timer_set);
};

template <class K, class Left, class Right>
class interval_join_state : public state_owner {
 public:
  interval_join_state()
      : state_owner(state_layout{sizeof(K), alignof(K), state_operations_of<K>(), codec<K>::schema_of()}) {}
  value_state<interval_join_buffers<Left, Right>> of_key{*this, "buffers"};
};

/// Joins two keyed streams: each left record with the right records of its key whose time is within an interval around
/// its own, whichever comes first. `Emit` is (const K&, const timed_record<Left>&, const timed_record<Right>&,
/// output<Out>&); results carry the later one's time.
///
/// A record waits until the watermark has passed the last moment at which a partner could come, and the watermark is the
/// smaller one of both sides'. A record behind the watermark is late: it goes to its side's late output, or is dropped
/// and counted.
/// Cost:   two lookups by time in the key's buffers for each record, and one timer for a key at a time.
/// Source: Flink, IntervalJoinOperator.
template <class Left, class Right, class Out, class LeftKey, class RightKey, class Emit>
class interval_join_operator final
    : private function_holder<
          interval_join_state<std::decay_t<std::invoke_result_t<const LeftKey&, const Left&>>, Left, Right>>,
      public keyed_operator {
  using K = std::decay_t<std::invoke_result_t<const LeftKey&, const Left&>>;
  using buffers = interval_join_buffers<Left, Right>;
  using holder = function_holder<interval_join_state<K, Left, Right>>;
  using holder::function_;

 public:
  struct settings {
    join_interval interval;
    std::optional<output_tag<Left>> late_left;
    std::optional<output_tag<Right>> late_right;
  };

  interval_join_operator(LeftKey left_key, RightKey right_key, Emit emit, settings s)
      : keyed_operator(function_, timer_use::some, &keyed_table::read_key<K>),
        left_key_(std::move(left_key)),
        right_key_(std::move(right_key)),
        emit_(std::move(emit)),
        settings_(std::move(s)) {}

  void process(std::uint32_t input, batch_ptr& b) override {
    if (input == 0)
      process_all(static_cast<batch<Left>&>(*b), left_key_,
                  [this](const Left& r, std::int64_t at) { add_left(r, at); });
    else
      process_all(static_cast<batch<Right>&>(*b), right_key_,
                  [this](const Right& r, std::int64_t at) { add_right(r, at); });
  }

  [[nodiscard]] operator_gauges gauges() const override {
    operator_gauges g = keyed_operator::gauges();
    g.late_records = late_;
    return g;
  }

 private:
  template <class In, class Key, class Add>
  void process_all(batch<In>& in, const Key& key, const Add& add) {
    for_each_with_key<K>(in, key, add);
    in.clear();
    finish();
  }

  [[nodiscard]] std::int64_t watermark_ms() const { return runtime_.current_watermark().at.ms(); }
  /// How long behind its time a partner may come.
  [[nodiscard]] std::int64_t left_span() const { return std::max<std::int64_t>(settings_.interval.upper.count(), 0); }
  [[nodiscard]] std::int64_t right_span() const { return std::max<std::int64_t>(-settings_.interval.lower.count(), 0); }

  void add_left(const Left& record, std::int64_t at) {
    if (!timely(record, at, settings_.late_left)) return;
    buffers& b = function_.of_key.at();
    const timed_record<Left> left{record, at};
    b.left.add(left, left_span(), watermark_ms());
    keep_clean(b, at, left_span());
    const auto [lower, upper] = settings_.interval;
    b.right.for_each_in(later(at, lower.count()), later(at, upper.count()), right_span(), watermark_ms(),
                        [&](const timed_record<Right>& right) { emit(left, right); });
  }

  void add_right(const Right& record, std::int64_t at) {
    if (!timely(record, at, settings_.late_right)) return;
    buffers& b = function_.of_key.at();
    const timed_record<Right> right{record, at};
    b.right.add(right, right_span(), watermark_ms());
    keep_clean(b, at, right_span());
    const auto [lower, upper] = settings_.interval;
    b.left.for_each_in(later(at, -upper.count()), later(at, -lower.count()), left_span(), watermark_ms(),
                       [&](const timed_record<Left>& left) { emit(left, right); });
  }

  template <class In>
  [[nodiscard]] bool timely(const In& record, std::int64_t at, const std::optional<output_tag<In>>& late_output) {
    if (at == no_event_time) throw operator_failure{no_times()};
    if (at >= watermark_ms()) return true;
    if (late_output)
      runtime_.sides().emit(*late_output, record, at);
    else
      ++late_;
    return false;
  }

  void emit(const timed_record<Left>& left, const timed_record<Right>& right) {
    out_.set_time(std::max(left.at_ms, right.at_ms));
    emit_(runtime_.template key<K>(), left, right, out_);
  }

  /// A key with records has a timer, behind the last moment of the first one of them or later: then the buffers are
  /// cleaned, and if something is left, the timer moves behind the last moment of all of it.
  void keep_clean(buffers& b, std::int64_t at, std::int64_t span) {
    if (std::exchange(b.timer_set, true)) return;
    runtime_.register_timer({time_domain::event, later(later(at, span), 1), scope::none});
  }

  void fire(const timer&) override {
    buffers& b = function_.of_key.at();
    b.left.drop_gone(left_span(), watermark_ms());
    b.right.drop_gone(right_span(), watermark_ms());
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    if (!b.left.empty()) last = later(b.left.newest_ms(), left_span());
    if (!b.right.empty()) last = std::max(last, later(b.right.newest_ms(), right_span()));
    if ((b.left.empty() && b.right.empty()) || last == std::numeric_limits<std::int64_t>::max())
      function_.of_key.clear();
    else
      runtime_.register_timer({time_domain::event, last + 1, scope::none});
  }

  static std::int64_t later(std::int64_t at, std::int64_t by) { return interval_buffer<Left>::later(at, by); }

  void open_output(output_port& port, std::size_t batch_records_max) override {
    out_.open(port, batch_records_max != 0 ? batch_records_max : batch_capacity_for(sizeof(Out)));
  }
  void flush_output() override { out_.flush(); }

  [[nodiscard]] error no_times() const {
    return {errc::invalid_argument, "operator '" + runtime_.uid() +
                                        "' joins by event time, and a record has none; call event_time on both "
                                        "streams before key_by"};
  }

  [[no_unique_address]] LeftKey left_key_;
  [[no_unique_address]] RightKey right_key_;
  Emit emit_;
  settings settings_;
  output<Out> out_;
  std::uint64_t late_ = 0;
};

}  // namespace leat
