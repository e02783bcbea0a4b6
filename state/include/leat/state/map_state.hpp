#pragma once

#include <map>

#include <leat/state/state_owner.hpp>

namespace leat {

/// A map per key, iterated in key order. Stored whole with each snapshot in which it changed.
template <class K, class V>
class map_state : private state_cell<std::map<K, V>> {
 public:
  map_state(state_owner& owner, std::string name) : state_cell<std::map<K, V>>(owner, std::move(name), "map") {}

  [[nodiscard]] bool empty() const { return entries().empty(); }
  [[nodiscard]] bool contains(const K& key) const { return entries().contains(key); }
  /// Null if there is no such entry. Valid until the next change.
  [[nodiscard]] const V* find(const K& key) const {
    const auto it = entries().find(key);
    return it == entries().end() ? nullptr : &it->second;
  }
  [[nodiscard]] const std::map<K, V>& entries() const {
    static const std::map<K, V> none;
    return this->present() ? this->read() : none;
  }
  void put(const K& key, V value) { this->write().insert_or_assign(key, std::move(value)); }
  /// The entry, to be changed in place; made with its default if there is none.
  [[nodiscard]] V& at(const K& key) { return this->write()[key]; }
  void remove(const K& key) {
    if (!contains(key)) return;
    this->write().erase(key);
    if (this->read().empty()) this->erase();
  }
  void clear() { this->erase(); }
};

}  // namespace leat
