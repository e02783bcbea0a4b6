#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <leat/operators/pattern.hpp>
#include <leat/operators/pattern_operator.hpp>
#include <leat/stream.hpp>

namespace leat {

/// A keyed stream in which a pattern is looked for: say by which time, then what is made of matches.
///
///     payments.key_by(&payment::card).match(probing).select("alarms", [](std::uint64_t card, const auto& m) { ... })
///
/// Events are held until the watermark has passed them and looked at in order of event time, equal times in order of
/// arrival. Late events are dropped and counted unless late_records_to names an output for them.
template <class T, class Key>
class pattern_stream {
 public:
  using key_type = typename keyed_stream<T, Key>::key_type;

  pattern_stream(keyed_stream<T, Key> from, pattern<T> p) : from_(std::move(from)), pattern_(std::move(p)) {}

  /// Sends events that come behind the watermark to a side output of the resulting operator.
  pattern_stream& late_records_to(const output_tag<T>& tag) {
    late_output_ = tag;
    return *this;
  }
  /// Makes a record of each partial match whose time is over: F is (const K& key, const matched<T>&) → U. Its event
  /// time is that of the first event + within.
  template <class U, class F>
  pattern_stream& timed_out_to(const output_tag<U>& tag, F make) {
    settings_.timed_out = [tag, make](const key_type& key, const matched<T>& m, std::int64_t at_ms,
                                      side_outputs& sides) { sides.emit(tag, U(make(key, m)), at_ms); };
    return *this;
  }
  /// Takes events as they come, without holding them; time is still event time. Right where they come in order.
  pattern_stream& in_order_of_arrival() {
    sorted_ = false;
    return *this;
  }
  /// Takes events as they come; `within` is measured by the clock at the moment an event is processed.
  pattern_stream& on_processing_time() {
    settings_.domain = time_domain::processing;
    return in_order_of_arrival();
  }

  /// Makes a record of each match: F is (const K& key, const matched<T>&) → Out.
  template <class F>
  auto select(std::string uid, F make) {
    using Out = std::decay_t<std::invoke_result_t<F&, const key_type&, const matched<T>&>>;
    return process<Out>(std::move(uid),
                        [make](const key_type& key, const matched<T>& m, output<Out>& out) { out.emit(make(key, m)); });
  }
  /// Makes any number of records of each match: F is (const K& key, const matched<T>&, output<Out>&).
  template <class Out, class F>
  stream<Out> process(std::string uid, F emit) {
    graph_node node;
    node.kind = "match";
    node.mistake = pattern_.mistake();
    settings_.sorted = sorted_;
    node.make = [key = from_.key_, p = pattern_, emit, s = settings_]() -> std::unique_ptr<stream_operator> {
      return std::make_unique<pattern_operator<key_type, T, Out, Key, F>>(key, p, emit, s);
    };
    if (!sorted_) return from_.template then<Out>(std::move(node), std::move(uid));
    auto sorted = from_.sorted(uid + "-sorted", late_output_);
    auto matches = sorted.template then<Out>(std::move(node), std::move(uid));
    matches.builder_->make_part(sorted.from_.front().node_, matches.node_, late_output_ ? late_output_->name : "");
    return matches;
  }

 private:
  keyed_stream<T, Key> from_;
  pattern<T> pattern_;
  pattern_settings<key_type, T> settings_;
  std::optional<output_tag<T>> late_output_;
  bool sorted_ = true;
};

}  // namespace leat
