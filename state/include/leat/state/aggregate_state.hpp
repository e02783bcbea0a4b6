#pragma once

#include <leat/state/state_owner.hpp>

namespace leat {

/// One value per key, combined with each added value by `Combine`, a default-constructible callable (T, T) → T.
template <class T, class Combine>
class reducing_state : private state_cell<T> {
 public:
  reducing_state(state_owner& owner, std::string name) : state_cell<T>(owner, std::move(name), "reducing") {}

  [[nodiscard]] bool has() const { return this->present(); }
  /// Requires: has().
  [[nodiscard]] const T& get() const {
    LEAT_ASSERT(this->present(), "nothing has been added for this key; ask has() first");
    return this->read();
  }
  void add(const T& value) {
    const bool first = !this->present();
    T& sum = this->write();
    sum = first ? value : Combine{}(sum, value);
  }
  void clear() { this->erase(); }
};

/// An accumulator per key. `Aggregate` has `accumulator`, `static void add(accumulator&, const value&)` and
/// `static result_type result(const accumulator&)`, and names `value` and `result_type`.
template <class Aggregate>
class aggregating_state : private state_cell<typename Aggregate::accumulator> {
 public:
  aggregating_state(state_owner& owner, std::string name)
      : state_cell<typename Aggregate::accumulator>(owner, std::move(name), "aggregating") {}

  [[nodiscard]] bool has() const { return this->present(); }
  /// Requires: has().
  [[nodiscard]] typename Aggregate::result_type get() const {
    LEAT_ASSERT(this->present(), "nothing has been added for this key; ask has() first");
    return Aggregate::result(this->read());
  }
  void add(const typename Aggregate::value& v) { Aggregate::add(this->write(), v); }
  void clear() { this->erase(); }
};

}  // namespace leat
