#pragma once

#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <leat/operators/evictor.hpp>
#include <leat/operators/output.hpp>
#include <leat/operators/time_window.hpp>

/// What a window operator does with the records of a pane: keeps contents, adds to them, unites them when sessions
/// meet, and makes results of them.

namespace leat {

/// Something that emits a result as it is.
struct emit_result {
  template <class K, class R>
  void operator()(const K&, const time_window&, const R& result, output<R>& out) const {
    out.emit(result);
  }
};

/// Keeps one record: the combination of all. `Combine` is (const In& so_far, const In&) → In; `Emit` is
/// (const K&, const time_window&, const In&, output<Out>&).
template <class K, class In, class Out, class Combine, class Emit>
class window_reduce {
 public:
  using key_type = K;
  using input_type = In;
  using output_type = Out;
  using contents_type = In;

  window_reduce(Combine combine, Emit emit) : combine_(std::move(combine)), emit_(std::move(emit)) {}

  void add(contents_type& so_far, bool filled, const In& record, std::int64_t) {
    so_far = filled ? combine_(std::as_const(so_far), record) : record;
  }
  void unite(contents_type& into, contents_type& from) { into = combine_(std::as_const(into), std::as_const(from)); }
  void emit(const K& key, const time_window& w, contents_type& contents, output<Out>& out) {
    emit_(key, w, std::as_const(contents), out);
  }

 private:
  Combine combine_;
  Emit emit_;
};

/// Keeps an accumulator. `A` has a type `accumulator` with a codec, and the members
/// `void add(accumulator&, const In&) const`, `void merge(accumulator&, const accumulator&) const` and
/// `R result(const accumulator&) const`; `Emit` is (const K&, const time_window&, const R&, output<Out>&).
template <class K, class In, class Out, class A, class Emit>
class window_aggregate {
 public:
  using key_type = K;
  using input_type = In;
  using output_type = Out;
  using contents_type = typename A::accumulator;
  static constexpr bool is_order_free = true;  ///< merge does not know which of two came first

  window_aggregate(A aggregate, Emit emit) : aggregate_(std::move(aggregate)), emit_(std::move(emit)) {}

  void add(contents_type& so_far, bool, const In& record, std::int64_t) { aggregate_.add(so_far, record); }
  void unite(contents_type& into, contents_type& from) { aggregate_.merge(into, std::as_const(from)); }
  void emit(const K& key, const time_window& w, contents_type& contents, output<Out>& out) {
    emit_(key, w, aggregate_.result(std::as_const(contents)), out);
  }

 private:
  [[no_unique_address]] A aggregate_;
  [[no_unique_address]] Emit emit_;
};

/// Keeps all records in order of arrival. `Emit` is
/// (const K&, const time_window&, std::span<const timed_record<In>>, output<Out>&).
template <class K, class In, class Out, class Emit>
class window_process {
 public:
  using key_type = K;
  using input_type = In;
  using output_type = Out;
  using contents_type = std::vector<timed_record<In>>;

  window_process(Emit emit, std::unique_ptr<const evictor<In>> evicts)
      : emit_(std::move(emit)), evictor_(std::move(evicts)) {}

  void add(contents_type& records, bool, const In& record, std::int64_t at_ms) { records.push_back({record, at_ms}); }
  void unite(contents_type& into, contents_type& from) {
    into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
  void emit(const K& key, const time_window& w, contents_type& records, output<Out>& out) {
    if (evictor_ && evictor_->when() == eviction::before_function) evictor_->evict(records);
    emit_(key, w, std::span<const timed_record<In>>{records}, out);
    if (evictor_ && evictor_->when() == eviction::after_function) evictor_->evict(records);
  }

 private:
  Emit emit_;
  std::unique_ptr<const evictor<In>> evictor_;
};

/// What a window holds whose function remembers something from one firing to the next.
template <class In, class S>
struct remembering_contents {
  std::vector<timed_record<In>> records;
  S state{};
  LEAT_FIELDS(records, state);
};

/// Keeps all records in order of arrival, and a state of each window that lasts until the window is over, also where
/// the records are purged. `Emit` is
/// (const K&, const time_window&, std::span<const timed_record<In>>, S& state, output<Out>&).
/// Source: Flink, ProcessWindowFunction.Context#windowState.
template <class K, class In, class Out, class S, class Emit>
class window_process_remembering {
 public:
  using key_type = K;
  using input_type = In;
  using output_type = Out;
  using contents_type = remembering_contents<In, S>;

  window_process_remembering(Emit emit, std::unique_ptr<const evictor<In>> evicts)
      : emit_(std::move(emit)), evictor_(std::move(evicts)) {}

  void add(contents_type& contents, bool, const In& record, std::int64_t at_ms) {
    contents.records.push_back({record, at_ms});
  }
  void unite(contents_type& into, contents_type& from) {
    into.records.insert(into.records.end(), std::make_move_iterator(from.records.begin()),
                        std::make_move_iterator(from.records.end()));
  }
  void purge(contents_type& contents) { contents.records.clear(); }
  void emit(const K& key, const time_window& w, contents_type& contents, output<Out>& out) {
    if (evictor_ && evictor_->when() == eviction::before_function) evictor_->evict(contents.records);
    emit_(key, w, std::span<const timed_record<In>>{contents.records}, contents.state, out);
    if (evictor_ && evictor_->when() == eviction::after_function) evictor_->evict(contents.records);
  }

 private:
  Emit emit_;
  std::unique_ptr<const evictor<In>> evictor_;
};

}  // namespace leat
