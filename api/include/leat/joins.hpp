#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/assert.hpp>
#include <leat/operators/interval_join.hpp>
#include <leat/operators/window_join.hpp>
#include <leat/windows.hpp>

namespace leat {

/// Pairs the records of two streams that have the same key and fall into the same window.
///
///     clicks.key_by(&click::ad).join(views.key_by(&view::ad)).window(leat::tumbling_windows(1min))
///         .process<pair>("pairs", [](const ad_id& ad, const leat::time_window& w, const click& c, const view& v,
///                                    leat::output<pair>& out) { … })
///
/// A record that falls into several windows meets a partner once in each that they share. Results have the last ms of
/// the window as event time. Late records are dropped and counted.
/// State:  all records of a window, until it is over.
/// Source: Flink, JoinedStreams.
template <class Left, class LeftKey, class Right, class RightKey>
class window_joined_streams {
  using windows = windowed_stream<side_record<Left, Right>, side_key<LeftKey, RightKey>>;

 public:
  using key_type = typename windows::key_type;

  explicit window_joined_streams(windows w) : windows_(std::move(w)) {}

  /// Keeps windows for this long after the watermark has passed their end; each late record makes all pairs anew.
  window_joined_streams& allowed_lateness(duration d) {
    windows_.allowed_lateness(d);
    return *this;
  }
  /// When windows fire, instead of at their end.
  template <template <class> class Trigger, class... Args>
  window_joined_streams& trigger(Args... args) {
    windows_.template trigger<Trigger>(std::move(args)...);
    return *this;
  }

  /// F is (const K&, const time_window&, const Left&, const Right&, output<Out>&), called for each pair, left records in
  /// the outer loop, each side in order of arrival.
  template <class Out, class F>
  stream<Out> process(std::string uid, F f) {
    using emit = for_each_pair<F>;
    return windows_.template with_function<window_co_group<key_type, Left, Right, Out, emit>>(
        "window-join", std::move(uid), [f] { return window_co_group<key_type, Left, Right, Out, emit>{emit{f}}; });
  }

 private:
  windows windows_;
};

/// Hands over the records of two streams that have the same key and fall into the same window, also where one side has
/// none.
/// State:  all records of a window, until it is over.
/// Source: Flink, CoGroupedStreams.
template <class Left, class LeftKey, class Right, class RightKey>
class window_co_grouped_streams {
  using windows = windowed_stream<side_record<Left, Right>, side_key<LeftKey, RightKey>>;

 public:
  using key_type = typename windows::key_type;

  explicit window_co_grouped_streams(windows w) : windows_(std::move(w)) {}

  /// Keeps windows for this long after the watermark has passed their end; each late record makes them fire again.
  window_co_grouped_streams& allowed_lateness(duration d) {
    windows_.allowed_lateness(d);
    return *this;
  }
  /// When windows fire, instead of at their end.
  template <template <class> class Trigger, class... Args>
  window_co_grouped_streams& trigger(Args... args) {
    windows_.template trigger<Trigger>(std::move(args)...);
    return *this;
  }

  /// F is (const K&, const time_window&, std::span<const Left>, std::span<const Right>, output<Out>&).
  template <class Out, class F>
  stream<Out> process(std::string uid, F f) {
    return windows_.template with_function<window_co_group<key_type, Left, Right, Out, F>>(
        "co-group", std::move(uid), [f] { return window_co_group<key_type, Left, Right, Out, F>{f}; });
  }

 private:
  windows windows_;
};

/// Two keyed streams that are to be joined by window.
template <class Left, class LeftKey, class Right, class RightKey>
class joined_streams {
 public:
  joined_streams(keyed_stream<Left, LeftKey> left, keyed_stream<Right, RightKey> right)
      : left_(std::move(left)), right_(std::move(right)) {}

  /// Requires: not count_windows, which are of one stream.
  window_joined_streams<Left, LeftKey, Right, RightKey> window(const window_assigner& assigner) const {
    LEAT_ASSERT(assigner.count() == 0, "count_windows are of one stream: join in windows of time, or in global ones");
    return window_joined_streams<Left, LeftKey, Right, RightKey>{sides_of(left_, right_).window(assigner)};
  }

  /// Both streams as one, by key. For the classes of this file.
  static keyed_stream<side_record<Left, Right>, side_key<LeftKey, RightKey>> sides_of(
      const keyed_stream<Left, LeftKey>& left, const keyed_stream<Right, RightKey>& right) {
    static_assert(std::is_same_v<typename keyed_stream<Left, LeftKey>::key_type,
                                 typename keyed_stream<Right, RightKey>::key_type>,
                  "leat: both streams must be keyed by the same type");
    std::vector<stream<side_record<Left, Right>>> sides;
    for (auto from : left.from_) sides.push_back(from.map(as_left<Left, Right>{}));
    for (auto from : right.from_) sides.push_back(from.map(as_right<Left, Right>{}));
    return {std::move(sides), {left.key_, right.key_}};
  }

 private:
  keyed_stream<Left, LeftKey> left_;
  keyed_stream<Right, RightKey> right_;
};

/// Two keyed streams that are to be grouped by window.
template <class Left, class LeftKey, class Right, class RightKey>
class co_grouped_streams {
 public:
  co_grouped_streams(keyed_stream<Left, LeftKey> left, keyed_stream<Right, RightKey> right)
      : left_(std::move(left)), right_(std::move(right)) {}

  /// Requires: not count_windows, which are of one stream.
  window_co_grouped_streams<Left, LeftKey, Right, RightKey> window(const window_assigner& assigner) const {
    LEAT_ASSERT(assigner.count() == 0, "count_windows are of one stream: group in windows of time, or in global ones");
    return window_co_grouped_streams<Left, LeftKey, Right, RightKey>{
        joined_streams<Left, LeftKey, Right, RightKey>::sides_of(left_, right_).window(assigner)};
  }

 private:
  keyed_stream<Left, LeftKey> left_;
  keyed_stream<Right, RightKey> right_;
};

/// Two keyed streams that are to be joined by time.
///
///     orders.key_by(&order::id).interval_join(payments.key_by(&payment::order)).between(0s, 10min)
///         .process<paid_order>("paid", [](const order_id&, const auto& order, const auto& payment, auto& out) { … })
///
/// A left record at time t meets the right records of its key from t + lower to t + upper, both included unless
/// said otherwise. Results have the later record's time. Records behind the watermark are late.
/// State:  records, until the watermark has passed the last moment at which a partner could come.
template <class Left, class LeftKey, class Right, class RightKey>
class interval_joined_streams {
 public:
  using key_type = typename keyed_stream<Left, LeftKey>::key_type;
  static_assert(std::is_same_v<key_type, typename keyed_stream<Right, RightKey>::key_type>,
                "leat: both streams must be keyed by the same type");

  interval_joined_streams(keyed_stream<Left, LeftKey> left, keyed_stream<Right, RightKey> right)
      : left_(std::move(left)), right_(std::move(right)) {}

  /// Requires: called once, lower ≤ upper, both less than 100 000 years.
  interval_joined_streams& between(duration lower, duration upper) {
    LEAT_ASSERT(lower <= upper, "the lower bound of an interval join is above the upper one");
    LEAT_ASSERT(-longest <= lower && upper <= longest, "a bound of an interval join is beyond 100 000 years");
    bounds_ = join_interval{lower, upper};
    return *this;
  }
  /// The lower bound itself does not count any more. Requires: between was called.
  interval_joined_streams& lower_bound_exclusive() {
    LEAT_ASSERT(bounds_, "call between first");
    bounds_->lower += duration{1};
    return *this;
  }
  /// The upper bound itself does not count any more. Requires: between was called.
  interval_joined_streams& upper_bound_exclusive() {
    LEAT_ASSERT(bounds_, "call between first");
    bounds_->upper -= duration{1};
    return *this;
  }
  /// Sends late records of the left stream to a side output of the resulting operator; otherwise they are dropped and
  /// counted.
  interval_joined_streams& late_left_to(const output_tag<Left>& tag) {
    late_left_ = tag;
    return *this;
  }
  interval_joined_streams& late_right_to(const output_tag<Right>& tag) {
    late_right_ = tag;
    return *this;
  }

  /// F is (const K&, const timed_record<Left>&, const timed_record<Right>&, output<Out>&), called for each pair.
  /// Requires: between was called, and its bounds leave something between them.
  template <class Out, class F>
  stream<Out> process(std::string uid, F f) {
    LEAT_ASSERT(bounds_, "an interval join needs its bounds: call between");
    LEAT_ASSERT(bounds_->lower <= bounds_->upper, "there is nothing between the bounds of an interval join");
    using joiner = interval_join_operator<Left, Right, Out, LeftKey, RightKey, F>;
    graph_node node;
    node.kind = "interval-join";
    node.make = [left = left_.key_, right = right_.key_, f,
                 settings = typename joiner::settings{*bounds_, late_left_, late_right_}] {
      return std::make_unique<joiner>(left, right, f, settings);
    };
    auto results = left_.template then<Out>(std::move(node), std::move(uid));
    right_.lead_into(results.node_, 1);
    return results;
  }

 private:
  static constexpr duration longest = std::chrono::hours{24} * 365 * 100'000;

  keyed_stream<Left, LeftKey> left_;
  keyed_stream<Right, RightKey> right_;
  std::optional<join_interval> bounds_;
  std::optional<output_tag<Left>> late_left_;
  std::optional<output_tag<Right>> late_right_;
};

}  // namespace leat
