#pragma once

#include <leat/state/expiring_cell.hpp>

namespace leat {

/// One value per key, with a time to live: `expiring_value_state<double> last_{*this, "last", {.ttl = 24h}};`.
/// As value_state, but reads are not const: they may take an expired value away, or prolong the life of a living one.
/// Requires (all members): called from process or on_timer.
/// Source: Flink, TtlValueState.
template <class T>
class expiring_value_state : private expiring_cell<T> {
 public:
  expiring_value_state(state_owner& owner, std::string name, const state_ttl& ttl)
      : expiring_cell<T>(owner, std::move(name), "value", ttl) {}

  /// Whether find() would return a value. No read: changes nothing.
  [[nodiscard]] bool has() const { return this->visible(); }
  /// Reads: null if there is no value. Valid until the next use of this state.
  using expiring_cell<T>::find;
  /// Reads.
  [[nodiscard]] T value_or(T otherwise) {
    const T* const found = find();
    return found != nullptr ? *found : std::move(otherwise);
  }
  /// Writes: the value that find() would return, to be changed in place; made with its default if there is none. Valid
  /// until the call returns.
  [[nodiscard]] T& at() { return this->refreshed(); }
  void set(T value) { this->replace(std::move(value)); }
  void clear() { this->erase(); }
};

}  // namespace leat
