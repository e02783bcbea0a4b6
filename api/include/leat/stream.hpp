#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <leat/core/connector.hpp>
#include <leat/core/graph.hpp>
#include <leat/graph_builder.hpp>
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
class window_assigner;
template <class T, class Key>
class pattern_stream;
template <class T>
class pattern;

/// Makes a callable from a pointer to a data member; leaves everything else as it is.
template <class F>
[[nodiscard]] auto field_or_function(F f) {
  if constexpr (std::is_member_object_pointer_v<F>)
    return [f](const auto& record) -> const auto& { return record.*f; };
  else
    return f;
}

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
    auto at = field_or_function(std::move(extract));
    static_assert(std::is_same_v<std::decay_t<std::invoke_result_t<decltype(at)&, const T&>>, leat::event_time>,
                  "leat: event_time needs a field of type leat::event_time, or a function that returns one");
    event_timing<T> timing{[at](const T* values, std::size_t count, std::int64_t* times) {
                             std::int64_t newest = no_event_time;
                             for (std::size_t i = 0; i < count; ++i) {
                               times[i] = at(values[i]).ms();
                               newest = std::max(newest, times[i]);
                             }
                             return newest;
                           },
                           strategy};
    if (timing_ && !*timing_) {
      *timing_ = std::move(timing);
      return *this;
    }
    return then<T>("event-time", {}, [timing] { return std::make_unique<event_time_assigner<T>>(timing); });
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

  /// Sends each record to the subtask that owns its key: a field (`&payment::card`) or a function of the record.
  template <class Key>
  auto key_by(Key key) {
    auto k = field_or_function(std::move(key));
    return keyed_stream<T, decltype(k)>{*this, std::move(k), partitioning::hash};
  }

  /// This stream and another as one; order is kept within each.
  stream<T> merge(const stream<T>& other, std::string uid = {}) {
    stream<T> merged =
        then<T>("merge", std::move(uid), [] { return std::make_unique<filter_operator<T, always>>(always{}); });
    builder_->template connect<T>(other.node_, other.port_, merged.node_, 0, partitioning::forward,
                                  forward_partitioner());
    return merged;
  }

  /// Spreads whole batches over the subtasks of the next operator in turn.
  stream<T> rebalance() { return with(partitioning::rebalance); }
  /// Sends every record to every subtask of the next operator.
  stream<T> broadcast() { return with(partitioning::broadcast); }

  /// The records that the operator before emitted to a tag.
  template <class U>
  stream<U> side_output(const output_tag<U>& tag) {
    const node_id from = builder_->side_node(node_, tag.name);
    return {*builder_, from, builder_->side_port(from, tag.name), nullptr};
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
  template <class U, class Key>
  friend class pattern_stream;

  struct always {
    bool operator()(const T&) const { return true; }
  };

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
    auto partitioner = how_ == partitioning::broadcast
        ? [](std::uint32_t) -> std::unique_ptr<leat::partitioner> { return std::make_unique<broadcast_partitioner>(); }
    : forward_partitioner();
    builder_->template connect<T>(node_, port_, to, 0, how_, std::move(partitioner));
    return {*builder_, to, 0, nullptr};
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

  keyed_stream(stream<T> from, Key key, partitioning how) : from_(std::move(from)), key_(std::move(key)), how_(how) {
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

  /// Looks for a pattern in each key's records. Include <leat/patterns.hpp>.
  pattern_stream<T, Key> match(const pattern<T>& p) { return {*this, p}; }

  /// Holds records until the watermark has passed them and hands them on in event-time order, equal times in order of
  /// arrival. Late records are dropped and counted.
  keyed_stream<T, Key> sorted_by_event_time(std::string uid) { return sorted(std::move(uid), std::nullopt); }

 private:
  friend class windowed_stream<T, Key>;
  friend class pattern_stream<T, Key>;

  keyed_stream<T, Key> sorted(std::string uid, std::optional<output_tag<T>> late_output) {
    graph_node node;
    node.kind = "sort";
    node.make = [late_output] { return std::make_unique<event_time_sorter<T>>(late_output); };
    return {then<T>(std::move(node), std::move(uid)), key_, partitioning::forward};
  }

  template <class U>
  stream<U> then(graph_node node, std::string uid) {
    require_codec<U>();
    graph_builder& b = *from_.builder_;
    const node_id to = b.add(std::move(node), std::move(uid));
    if (how_ == partitioning::hash)
      b.template connect<T>(from_.node_, from_.port_, to, 0, how_,
                            [key = key_](std::uint32_t max_parallelism) -> std::unique_ptr<partitioner> {
                              return std::make_unique<hash_partitioner<T, Key>>(key, max_parallelism);
                            });
    else
      b.template connect<T>(from_.node_, from_.port_, to, 0, how_, stream<T>::forward_partitioner());
    return {b, to, 0, nullptr};
  }

  stream<T> from_;
  Key key_;
  partitioning how_;
};

}  // namespace leat
