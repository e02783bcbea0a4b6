#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <leat/core/assert.hpp>
#include <leat/operators/broadcast_process.hpp>
#include <leat/operators/co_flat_map.hpp>
#include <leat/operators/keyed_co_process.hpp>
#include <leat/stream.hpp>

/// Two streams as the inputs of one operator. Its watermark is the smaller one of both inputs'; one that is idle does
/// not count.

namespace leat {

/// Two keyed streams with the same type of key, as the inputs of one keyed function.
///
///     orders.key_by(&order::id).connect(payments.key_by(&payment::order)).process<matcher>("matcher")
template <class First, class FirstKey, class Second, class SecondKey>
class connected_keyed_streams {
 public:
  using key_type = typename keyed_stream<First, FirstKey>::key_type;
  static_assert(std::is_same_v<key_type, typename keyed_stream<Second, SecondKey>::key_type>,
                "leat: both streams must be keyed by the same type");

  connected_keyed_streams(keyed_stream<First, FirstKey> first, keyed_stream<Second, SecondKey> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  /// Runs a function, a class derived from keyed_co_process. `uid` ties its state to it; `args` go to each subtask's
  /// constructor.
  template <class F, class... Args>
  stream<typename F::output_type> process(std::string uid, Args... args) {
    static_assert(std::is_same_v<typename F::key_type, key_type>, "leat: the function's key type is not the streams'");
    static_assert(std::is_same_v<typename F::first_type, First> && std::is_same_v<typename F::second_type, Second>,
                  "leat: the function's input types are not the streams' record types");
    graph_node node;
    node.kind = "co-process";
    node.make = [first = first_.key_, second = second_.key_, args = std::tuple{std::move(args)...}] {
      return std::apply(
          [&](const auto&... a) -> std::unique_ptr<stream_operator> {
            return std::make_unique<keyed_co_process_operator<F, FirstKey, SecondKey>>(first, second, a...);
          },
          args);
    };
    auto results = first_.template then<typename F::output_type>(std::move(node), std::move(uid));
    second_.lead_into(results.node_, 1);
    return results;
  }

 private:
  keyed_stream<First, FirstKey> first_;
  keyed_stream<Second, SecondKey> second_;
};

/// A keyed stream and a broadcast one.
///
///     payments.key_by(&payment::card).connect(rules.broadcast()).process<matcher>("matcher")
template <class In, class Key, class Rule>
class connected_to_rules {
 public:
  connected_to_rules(keyed_stream<In, Key> records, const stream<Rule>& rules)
      : records_(std::move(records)), rules_(rules) {
    LEAT_ASSERT(rules_.how_ == partitioning::broadcast,
                "a keyed stream is connected to another keyed stream, or to a broadcast one: call broadcast()");
  }

  /// Runs a function, a class derived from keyed_broadcast_process. `uid` ties its state to it; `args` go to each
  /// subtask's constructor.
  template <class F, class... Args>
  stream<typename F::output_type> process(std::string uid, Args... args) {
    static_assert(std::is_same_v<typename F::key_type, typename keyed_stream<In, Key>::key_type>,
                  "leat: the function's key type is not that of key_by");
    static_assert(std::is_same_v<typename F::input_type, In> && std::is_same_v<typename F::rule_type, Rule>,
                  "leat: the function's input types are not the streams' record types");
    graph_node node;
    node.kind = "broadcast-process";
    node.make = [key = records_.key_, args = std::tuple{std::move(args)...}] {
      return std::apply(
          [&key](const auto&... a) -> std::unique_ptr<stream_operator> {
            return std::make_unique<keyed_broadcast_operator<F, Key>>(key, a...);
          },
          args);
    };
    auto results = records_.template then<typename F::output_type>(std::move(node), std::move(uid));
    rules_.lead_into(results.node_, 1);
    return results;
  }

 private:
  keyed_stream<In, Key> records_;
  stream<Rule> rules_;
};

/// Two streams without keys.
template <class First, class Second>
class connected_streams {
 public:
  connected_streams(stream<First> first, stream<Second> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  /// Any number of records for each record: F is (const First&, output<U>&), G is (const Second&, output<U>&).
  template <class U, class F, class G>
  stream<U> flat_map(F f, G g, std::string uid = {}) {
    return with<U>("co-flat-map", std::move(uid), [f, g]() -> std::unique_ptr<stream_operator> {
      return std::make_unique<co_flat_map_operator<First, Second, U, F, G>>(f, g);
    });
  }

  /// One record for each record: F is (const First&) → U, G is (const Second&) → U.
  template <class F, class G>
  auto map(F f, G g, std::string uid = {}) {
    using U = std::decay_t<std::invoke_result_t<F&, const First&>>;
    static_assert(std::is_same_v<U, std::decay_t<std::invoke_result_t<G&, const Second&>>>,
                  "leat: both functions must return the same type");
    return flat_map<U>([f](const First& r, output<U>& out) mutable { out.emit(f(r)); },
                       [g](const Second& r, output<U>& out) mutable { out.emit(g(r)); }, std::move(uid));
  }

  /// Runs a function, a class derived from broadcast_process. Requires: the second stream is broadcast().
  template <class F, class... Args>
  stream<typename F::output_type> process(std::string uid, Args... args) {
    static_assert(std::is_same_v<typename F::input_type, First> && std::is_same_v<typename F::rule_type, Second>,
                  "leat: the function's input types are not the streams' record types");
    LEAT_ASSERT(second_.how_ == partitioning::broadcast, "the second stream must be broadcast()");
    return with<typename F::output_type>("broadcast-process", std::move(uid),
                                         [args = std::tuple{std::move(args)...}]() -> std::unique_ptr<stream_operator> {
                                           return std::apply(
                                               [](const auto&... a) -> std::unique_ptr<stream_operator> {
                                                 return std::make_unique<broadcast_operator<F>>(a...);
                                               },
                                               args);
                                         });
  }

 private:
  template <class U, class Make>
  stream<U> with(std::string kind, std::string uid, Make make) {
    auto results = first_.template then<U>(std::move(kind), std::move(uid), std::move(make));
    second_.lead_into(results.node_, 1);
    return results;
  }

  stream<First> first_;
  stream<Second> second_;
};

}  // namespace leat
