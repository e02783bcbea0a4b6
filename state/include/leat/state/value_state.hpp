#pragma once

#include <leat/state/state_owner.hpp>

namespace leat {

/// One value per key. Declare it as a member of a keyed function: `value_state<double> sum_{*this, "sum"};`.
/// Every member acts on the key being processed; two array accesses, no lookup.
/// Requires (all members): called from process or on_timer.
template <class T>
class value_state : private state_cell<T> {
 public:
  value_state(state_owner& owner, std::string name) : state_cell<T>(owner, std::move(name), "value") {}

  [[nodiscard]] bool has() const { return this->present(); }
  /// Requires: has().
  [[nodiscard]] const T& get() const {
    LEAT_ASSERT(this->present(), "the state has no value for this key; ask has() first or use value_or()");
    return this->read();
  }
  [[nodiscard]] T value_or(T otherwise) const { return this->present() ? this->read() : std::move(otherwise); }
  /// The value, to be changed in place; made with its default if the key has none. Valid until the call returns.
  [[nodiscard]] T& at() { return this->write(); }
  void set(T value) { this->write() = std::move(value); }
  void clear() { this->erase(); }

  /// For operators that look ahead: the value in a slot, whichever key it is of; null if it has none.
  [[nodiscard]] const T* peek(const slot_header* s) const { return this->read_in(s); }
};

}  // namespace leat
