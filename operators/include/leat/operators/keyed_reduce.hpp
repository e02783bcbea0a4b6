#pragma once

#include <utility>

#include <leat/operators/keyed_process.hpp>
#include <leat/state/value_state.hpp>

namespace leat {

/// Keeps one combined record per key and emits it after each record. F is (const T& so_far, const T&) → T.
template <class K, class T, class F>
class keyed_reduce final : public keyed_process<K, T, T> {
 public:
  explicit keyed_reduce(F f) : combine_(std::move(f)) {}

  void process(const T& record, keyed_context<K>&, output<T>& out) override {
    if (so_far_.has()) {
      T& value = so_far_.at();
      value = combine_(std::as_const(value), record);
      out.emit(value);
    } else {
      so_far_.set(record);
      out.emit(record);
    }
  }

 private:
  F combine_;
  value_state<T> so_far_{*this, "so-far"};
};

}  // namespace leat
