#pragma once

#include <leat/state/expiring_cell.hpp>

namespace leat {

/// As reducing_state, with a time to live. Adding writes: it prolongs the life of what was added before, and starts
/// anew if that has expired (unless a read would still show it: then it is combined).
/// Source: Flink, TtlReduceFunction.
template <class T, class Combine>
class expiring_reducing_state : private expiring_cell<T> {
 public:
  expiring_reducing_state(state_owner& owner, std::string name, const state_ttl& ttl)
      : expiring_cell<T>(owner, std::move(name), "reducing", ttl) {}

  /// Whether find() would return a value. No read: changes nothing.
  [[nodiscard]] bool has() const { return this->visible(); }
  /// Reads: null if nothing has been added, or it has expired. Valid until the next use of this state.
  using expiring_cell<T>::find;
  void add(const T& value) {
    const bool first = !this->visible();
    T& sum = this->refreshed();
    sum = first ? value : Combine{}(sum, value);
  }
  void clear() { this->erase(); }
};

/// As aggregating_state, with a time to live, which goes by the rules of expiring_reducing_state.
template <class Aggregate>
class expiring_aggregating_state : private expiring_cell<typename Aggregate::accumulator> {
 public:
  expiring_aggregating_state(state_owner& owner, std::string name, const state_ttl& ttl)
      : expiring_cell<typename Aggregate::accumulator>(owner, std::move(name), "aggregating", ttl) {}

  /// Whether result() would return one. No read: changes nothing.
  [[nodiscard]] bool has() const { return this->visible(); }
  /// Reads: empty if nothing has been added, or it has expired.
  [[nodiscard]] std::optional<typename Aggregate::result_type> result() {
    const auto* const found = this->find();
    if (found == nullptr) return std::nullopt;
    return Aggregate::result(*found);
  }
  void add(const typename Aggregate::value& v) { Aggregate::add(this->refreshed(), v); }
  void clear() { this->erase(); }
};

}  // namespace leat
