#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/assert.hpp>
#include <leat/core/connector.hpp>
#include <leat/core/graph.hpp>
#include <leat/graph_builder.hpp>
#include <leat/operators/async_operator.hpp>
#include <leat/operators/custom_watermarks.hpp>
#include <leat/operators/event_time_assigner.hpp>
#include <leat/operators/event_time_sorter.hpp>
#include <leat/operators/keyed_process.hpp>
#include <leat/operators/keyed_reduce.hpp>
#include <leat/operators/partitioners.hpp>
#include <leat/operators/sink_operator.hpp>
#include <leat/operators/split_source.hpp>
#include <leat/operators/stateless.hpp>
#include <leat/operators/watermark_strategy.hpp>

namespace leat {

template <class T, class Key>
class keyed_stream;
template <class T, class Key>
class windowed_stream;
template <class Left, class LeftKey, class Right, class RightKey>
class joined_streams;
template <class Left, class LeftKey, class Right, class RightKey>
class co_grouped_streams;
template <class Left, class LeftKey, class Right, class RightKey>
class interval_joined_streams;
template <class First, class FirstKey, class Second, class SecondKey>
class connected_keyed_streams;
template <class First, class Key, class Rule>
class connected_to_rules;
template <class First, class Second>
class connected_streams;
class window_assigner;

/// Makes a callable from a pointer to a data member; leaves everything else as it is.
template <class F>
[[nodiscard]] auto field_or_function(F f) {
  if constexpr (std::is_member_object_pointer_v<F>)
    return [f](const auto& record) -> const auto& { return record.*f; };
  else
    return f;
}

/// The key of records that are not told apart: all have the same.
struct same_key {
  const std::uint8_t& operator()(const auto&) const {
    static constexpr std::uint8_t of_all = 0;
    return of_all;
  }
};

/// An unbounded sequence of records of type T, as the application describes it: a handle to an operator's output in the
/// job graph. Copies are cheap and mean the same stream; using a stream twice sends its records both ways.
/// Functions given to a stream are copied to each subtask and must not share what they change.
template <class T>
class stream {
 public:
  stream(graph_builder& builder, node_id node, std::uint32_t port,
         std::shared_ptr<std::optional<event_timing<T>>> timing)
      : builder_(&builder), node_(node), port_(port), timing_(std::move(timing)) {}

  /// Gives each record its event time, from a field (`&payment::at`) or a function (const T&) → event_time, and says how
  /// watermarks follow. Best directly behind a source: each split then has a watermark of its own.
  template <class Extract>
  stream<T> event_time(Extract extract, watermark_strategy strategy) {
    return with_timing({times_by(std::move(extract)), std::move(strategy), {}});
  }
  /// The same with watermarks of your own: `punctuated(…)` or `custom_watermarks(…)`.
  template <class Extract, class G>
  stream<T> event_time(Extract extract, custom_watermark_strategy<G> strategy) {
    static_assert(
        requires(G& g, const T& r, leat::event_time at) {
          { g.on_record(r, at) } -> std::convertible_to<std::optional<watermark>>;
        },
        "leat: watermarks of your own need on_record(const T&, event_time) → std::optional<watermark>; a function "
        "given "
        "to punctuated takes and returns the same");
    return with_timing({times_by(std::move(extract)), strategy.rest(),
                        [g = strategy.generator()] { return std::make_unique<record_generator_by<T, G>>(g); }});
  }

  /// One record for each record: F is (const T&) → U.
  template <class F>
  auto map(F f, std::string uid = {}) {
    auto g = field_or_function(std::move(f));
    using U = std::decay_t<std::invoke_result_t<decltype(g)&, const T&>>;
    return then<U>("map", std::move(uid), [g] { return std::make_unique<map_operator<T, U, decltype(g)>>(g); });
  }

  /// Keeps the records for which F, (const T&) → bool, is true.
  template <class F>
  stream<T> filter(F f, std::string uid = {}) {
    auto g = field_or_function(std::move(f));
    return then<T>("filter", std::move(uid), [g] { return std::make_unique<filter_operator<T, decltype(g)>>(g); });
  }

  /// Any number of records for each record: F is (const T&, output<U>&). Name U: `words.flat_map<word>(split)`.
  template <class U, class F>
  stream<U> flat_map(F f, std::string uid = {}) {
    return then<U>("flat-map", std::move(uid), [f] { return std::make_unique<flat_map_operator<T, U, F>>(f); });
  }

  /// Asks something outside about each record, many at a time: F is (const T&, completion<U>), begins a call and returns;
  /// whoever has the answer completes it, from any thread. `leat::on_threads(8, f)` makes one of a function that waits.
  /// Results come in the order of the records unless the settings say otherwise. `uid` ties the records in flight to the
  /// operator. Name U: `payments.async_map<score>("scores", ask, {.capacity = 500})`.
  /// Requires: a capacity, and a timeout if there is one, above zero.
  template <class U, class F>
  stream<U> async_map(std::string uid, F f, call_settings<T, U> settings = {}) {
    static_assert(std::is_invocable_v<F&, const T&, completion<U>>,
                  "leat: async_map needs a function that takes a record and a leat::completion of the result type");
    LEAT_ASSERT(settings.capacity > 0,
                "async_map '" + uid + "': with a capacity of 0 nothing is ever asked; give at least 1");
    LEAT_ASSERT(!settings.timeout || *settings.timeout > duration{0},
                "async_map '" + uid + "': a timeout must be at least 1 ms; for none say std::nullopt");
    graph_node node;
    node.kind = "async-map";
    node.resumes = true;
    node.make = [f, settings] { return std::make_unique<async_operator<T, U, F>>(f, settings); };
    return then<U>(std::move(node), std::move(uid));
  }

  /// Sends each record to the subtask that owns its key: a field (`&payment::card`) or a function of the record.
  template <class Key>
  auto key_by(Key key) {
    auto k = field_or_function(std::move(key));
    return keyed_stream<T, decltype(k)>{*this, std::move(k), partitioning::hash};
  }

  /// Groups all records into windows, whatever their key: one subtask sees them all. What can be made of each key's
  /// records first should be. Include <leat/windows.hpp>.
  windowed_stream<T, same_key> window_all(const window_assigner& assigner) {
    return {keyed_stream<T, same_key>{*this, {}, partitioning::hash}, assigner};
  }

  /// This stream and another as one; order is kept within each.
  stream<T> merge(const stream<T>& other, std::string uid = {}) {
    stream<T> merged =
        then<T>("merge", std::move(uid), [] { return std::make_unique<filter_operator<T, always>>(always{}); });
    builder_->template connect<T>(other.node_, other.port_, merged.node_, 0, partitioning::forward,
                                  forward_partitioner());
    return merged;
  }

  /// This stream and another as the two inputs of one operator. Include <leat/connected_streams.hpp>.
  template <class U>
  connected_streams<T, U> connect(const stream<U>& other) {
    return {*this, other};
  }

  /// Spreads whole batches over the subtasks of the next operator in turn.
  stream<T> rebalance() { return with(partitioning::rebalance); }
  /// Sends every record to every subtask of the next operator.
  stream<T> broadcast() { return with(partitioning::broadcast); }

  /// The records that the operator before emitted to a tag.
  template <class U>
  stream<U> side_output(const output_tag<U>& tag) {
    return {*builder_, node_, builder_->side_port(node_, tag.name), nullptr};
  }

  /// Ends the stream in a connector, for example `csv_sink<alarm>("alarms/")`.
  template <class Connector>
    requires std::derived_from<Connector, sink_connector<T>>
  stream<T> sink(std::string uid, Connector connector) {
    auto shared = std::make_shared<const Connector>(std::move(connector));
    graph_node node;
    node.kind = "sink";
    node.sink = true;
    node.blocking = shared->blocking();
    node.make = [shared] { return std::make_unique<sink_operator<T>>(shared); };
    return then<T>(std::move(node), std::move(uid));
  }

  /// Number of subtasks of the operator that made this stream; otherwise the job's.
  stream<T> parallelism(std::uint32_t count) {
    builder_->set_parallelism(node_, count);
    return *this;
  }

 private:
  template <class U>
  friend class stream;
  template <class U, class Key>
  friend class keyed_stream;
  template <class First, class Second>
  friend class connected_streams;
  template <class First, class Key, class Rule>
  friend class connected_to_rules;
  template <class First, class FirstKey, class Second, class SecondKey>
  friend class connected_keyed_streams;
  template <class Left, class LeftKey, class Right, class RightKey>
  friend class interval_joined_streams;

  struct always {
    bool operator()(const T&) const { return true; }
  };

  template <class Extract>
  static auto times_by(Extract extract) {
    auto at = field_or_function(std::move(extract));
    static_assert(std::is_same_v<std::decay_t<std::invoke_result_t<decltype(at)&, const T&>>, leat::event_time>,
                  "leat: event_time needs a field of type leat::event_time, or a function that returns one");
    return [at](const T* values, std::size_t count, std::int64_t* times) {
      std::int64_t newest = no_event_time;
      for (std::size_t i = 0; i < count; ++i) {
        times[i] = at(values[i]).ms();
        newest = std::max(newest, times[i]);
      }
      return newest;
    };
  }

  stream<T> with_timing(event_timing<T> timing) {
    const auto& pace = timing.strategy.pace();
    if (timing_ && !*timing_) {
      if (pace) builder_->set_pace_group(node_, pace->group);
      *timing_ = std::move(timing);
      return *this;
    }
    LEAT_ASSERT(!pace, "keep_pace holds a source back: give it where event_time stands directly behind the source");
    return then<T>("event-time", {}, [timing] { return std::make_unique<event_time_assigner<T>>(timing); });
  }

  static std::function<std::unique_ptr<partitioner>(std::uint32_t)> forward_partitioner() {
    return [](std::uint32_t) { return std::make_unique<rebalance_partitioner>(); };
  }

  stream<T> with(partitioning how) const {
    stream<T> s = *this;
    s.how_ = how;
    s.timing_ = nullptr;
    return s;
  }

  template <class U, class Make>
  stream<U> then(std::string kind, std::string uid, Make make) {
    graph_node node;
    node.kind = std::move(kind);
    node.make = std::move(make);
    return then<U>(std::move(node), std::move(uid));
  }

  template <class U>
  stream<U> then(graph_node node, std::string uid) {
    require_codec<U>();
    const node_id to = builder_->add(std::move(node), std::move(uid));
    lead_into(to, 0);
    return {*builder_, to, 0, nullptr};
  }

  void lead_into(node_id to, std::uint32_t input) const {
    auto partitioner = how_ == partitioning::broadcast
        ? [](std::uint32_t) -> std::unique_ptr<leat::partitioner> { return std::make_unique<broadcast_partitioner>(); }
    : forward_partitioner();
    builder_->template connect<T>(node_, port_, to, input, how_, std::move(partitioner));
  }

  graph_builder* builder_;
  node_id node_;
  std::uint32_t port_;
  std::shared_ptr<std::optional<event_timing<T>>> timing_;  ///< of the source, while it may still be set
  partitioning how_ = partitioning::forward;
};

/// A stream whose records are spread by key: all records of a key reach the same subtask, in order.
template <class T, class Key>
class keyed_stream {
 public:
  using key_type = std::decay_t<std::invoke_result_t<const Key&, const T&>>;

  keyed_stream(stream<T> from, Key key, partitioning how) : from_{std::move(from)}, key_(std::move(key)), how_(how) {
    require_codec<key_type>();
  }

  /// Runs a keyed function, a class derived from keyed_process. `uid` ties its state to it: keep it when the application
  /// changes. `args` go to each subtask's constructor.
  template <class F, class... Args>
  stream<typename F::output_type> process(std::string uid, Args... args) {
    static_assert(std::is_same_v<typename F::key_type, key_type>,
                  "leat: the function's key type is not that of key_by");
    static_assert(std::is_same_v<typename F::input_type, T>,
                  "leat: the function's input type is not the stream's record type");
    graph_node node;
    node.kind = "process";
    node.make = [key = key_, args = std::tuple{std::move(args)...}] {
      return std::apply(
          [&key](const auto&... a) -> std::unique_ptr<stream_operator> {
            return std::make_unique<keyed_process_operator<F, Key>>(key, a...);
          },
          args);
    };
    return then<typename F::output_type>(std::move(node), std::move(uid));
  }

  /// Combines the records of each key: emits the running result for each record. F is (const T& so_far, const T&) → T.
  template <class F>
  stream<T> reduce(std::string uid, F f) {
    graph_node node;
    node.kind = "reduce";
    node.make = [key = key_, f] {
      return std::make_unique<keyed_process_operator<keyed_reduce<key_type, T, F>, Key>>(key, f);
    };
    return then<T>(std::move(node), std::move(uid));
  }

  /// Groups each key's records into windows. Include <leat/windows.hpp>.
  windowed_stream<T, Key> window(const window_assigner& assigner) { return {*this, assigner}; }

  /// Pairs the records of two streams that have the same key and fall into the same window. Include <leat/joins.hpp>.
  template <class U, class Key2>
  joined_streams<T, Key, U, Key2> join(const keyed_stream<U, Key2>& other) const {
    return {*this, other};
  }
  /// Hands over the records of two streams that have the same key and fall into the same window, also where one side
  /// has none: for outer joins. Include <leat/joins.hpp>.
  template <class U, class Key2>
  co_grouped_streams<T, Key, U, Key2> co_group(const keyed_stream<U, Key2>& other) const {
    return {*this, other};
  }
  /// Pairs each record with those of another stream that have the same key and a time around its own. Include
  /// <leat/joins.hpp>.
  template <class U, class Key2>
  interval_joined_streams<T, Key, U, Key2> interval_join(const keyed_stream<U, Key2>& other) const {
    return {*this, other};
  }
  /// This stream and another as the two inputs of one keyed function. Include <leat/connected_streams.hpp>.
  template <class U, class Key2>
  connected_keyed_streams<T, Key, U, Key2> connect(const keyed_stream<U, Key2>& other) const {
    return {*this, other};
  }
  /// This stream and one that reaches all subtasks, `rules.broadcast()`. Include <leat/connected_streams.hpp>.
  template <class Rule>
  connected_to_rules<T, Key, Rule> connect(const stream<Rule>& rules) const {
    return {*this, rules};
  }

  /// Holds records until the watermark has passed them and hands them on in event-time order, equal times in order of
  /// arrival. Late records are dropped and counted.
  keyed_stream<T, Key> sorted_by_event_time(std::string uid) {
    graph_node node;
    node.kind = "sort";
    node.make = [] { return std::make_unique<event_time_sorter<T>>(); };
    return {then<T>(std::move(node), std::move(uid)), key_, partitioning::forward};
  }

 private:
  friend class windowed_stream<T, Key>;
  template <class Left, class LeftKey, class Right, class RightKey>
  friend class joined_streams;
  template <class Left, class LeftKey, class Right, class RightKey>
  friend class co_grouped_streams;
  template <class Left, class LeftKey, class Right, class RightKey>
  friend class interval_joined_streams;
  template <class First, class FirstKey, class Second, class SecondKey>
  friend class connected_keyed_streams;
  template <class First, class OtherKey, class Rule>
  friend class connected_to_rules;

  /// Several streams by the same key, as one.
  keyed_stream(std::vector<stream<T>> from, Key key)
      : from_(std::move(from)), key_(std::move(key)), how_(partitioning::hash) {
    require_codec<key_type>();
  }

  template <class U>
  stream<U> then(graph_node node, std::string uid) {
    require_codec<U>();
    const node_id to = builder().add(std::move(node), std::move(uid));
    lead_into(to, 0);
    return {builder(), to, 0, nullptr};
  }

  void lead_into(node_id to, std::uint32_t input) const {
    for (const stream<T>& from : from_) {
      if (how_ == partitioning::hash)
        builder().template connect<T>(from.node_, from.port_, to, input, how_,
                                      [key = key_](std::uint32_t max_parallelism) -> std::unique_ptr<partitioner> {
                                        return std::make_unique<hash_partitioner<T, Key>>(key, max_parallelism);
                                      });
      else
        builder().template connect<T>(from.node_, from.port_, to, input, how_, stream<T>::forward_partitioner());
    }
  }
  [[nodiscard]] graph_builder& builder() const { return *from_.front().builder_; }

  std::vector<stream<T>> from_;
  Key key_;
  partitioning how_;
};

}  // namespace leat
