#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <leat/state/state_owner.hpp>
#include <leat/state/state_ttl.hpp>

namespace leat {

/// A map per key whose entries expire one by one; writing or reading one does not prolong the life of another:
/// `expiring_map_state<std::string, double> rates_{*this, "rates", {.ttl = 1h}};`.
/// Source: Flink, TtlMapState.
template <class K, class V>
class expiring_map_state : private state_cell<std::map<K, expiring<V>>> {
  using map = std::map<K, expiring<V>>;
  using cell = state_cell<map>;

 public:
  expiring_map_state(state_owner& owner, std::string name, const state_ttl& ttl)
      : cell(owner, std::move(name), "expiring map", operations(), ttl), ttl_(ttl) {}

  /// Reads one entry: null if there is none. Valid until the next use of this state.
  [[nodiscard]] const V* find(const K& key) {
    if (!cell::present()) return nullptr;
    const auto it = cell::read().find(key);
    if (it == cell::read().end()) return nullptr;
    if (expired(it->second)) return take_expired(it);
    if (ttl_.refreshes_on_read() && it->second.written != cell::now()) return &refreshed(key);
    return &it->second.value;
  }
  /// Reads one entry.
  [[nodiscard]] bool contains(const K& key) { return find(key) != nullptr; }
  /// Reads all entries: calls `visit(key, value)` for each in key order. Requires: `visit` does not use this state.
  template <class Visitor>
  void for_each(Visitor&& visit) {
    if (!cell::present()) return;
    const bool changes = ttl_.refreshes_on_read() || operations().any_expired(&cell::read(), ttl_, cell::now());
    if (!changes) {
      for (const auto& [key, kept] : cell::read()) visit(key, kept.value);
      return;
    }
    map& entries = cell::write();
    for (auto it = entries.begin(); it != entries.end();) {
      const bool gone = expired(it->second);
      if (!gone || ttl_.shows_expired()) visit(it->first, std::as_const(it->second.value));
      if (!gone && ttl_.refreshes_on_read()) it->second.written = cell::now();
      it = gone ? entries.erase(it) : std::next(it);
    }
    if (entries.empty()) cell::erase();
  }
  /// Whether for_each would visit nothing. No read: changes nothing.
  [[nodiscard]] bool empty() const {
    if (!cell::present()) return true;
    return !ttl_.shows_expired() && std::all_of(cell::read().begin(), cell::read().end(),
                                                [this](const auto& entry) { return expired(entry.second); });
  }

  void put(const K& key, V value) { cell::write().insert_or_assign(key, expiring<V>{std::move(value), cell::now()}); }
  /// Writes: the value that find() would return, to be changed in place; made with its default if there is none.
  [[nodiscard]] V& at(const K& key) {
    expiring<V>& kept = cell::write().try_emplace(key, expiring<V>{V{}, cell::now()}).first->second;
    if (expired(kept) && !ttl_.shows_expired()) kept.value = V{};
    kept.written = cell::now();
    return kept.value;
  }
  void remove(const K& key) {
    if (!cell::present() || !cell::read().contains(key)) return;
    cell::write().erase(key);
    if (cell::read().empty()) cell::erase();
  }
  void clear() { cell::erase(); }

 private:
  [[nodiscard]] bool expired(const expiring<V>& kept) const { return ttl_.expired(kept.written, cell::now()); }

  const V& refreshed(const K& key) {
    expiring<V>& kept = cell::write().find(key)->second;
    kept.written = cell::now();
    return kept.value;
  }
  const V* take_expired(typename map::const_iterator it) {
    if (ttl_.shows_expired()) last_seen_ = it->second.value;
    map& entries = cell::write();
    entries.erase(it);
    if (entries.empty()) cell::erase();
    return ttl_.shows_expired() ? &*last_seen_ : nullptr;
  }

  static const expiry_operations& operations() {
    static const expiry_operations all{
        .any_expired =
            [](const void* at, const state_ttl& ttl, processing_time now) {
              const map& entries = *static_cast<const map*>(at);
              return std::any_of(entries.begin(), entries.end(),
                                 [&](const auto& entry) { return ttl.expired(entry.second.written, now); });
            },
        .drop_expired =
            [](void* at, const state_ttl& ttl, processing_time now) {
              map& entries = *static_cast<map*>(at);
              std::erase_if(entries, [&](const auto& entry) { return ttl.expired(entry.second.written, now); });
              return entries.empty();
            },
        .adopt =
            [](decoder& d, void* at, const schema& stored, processing_time now) {
              std::map<K, V> plain;
              codec<std::map<K, V>>::read(d, plain, stored);
              for (auto& [key, value] : plain) static_cast<map*>(at)->emplace(key, expiring<V>{std::move(value), now});
            },
        .without_ttl = codec<std::map<K, V>>::schema_of()};
    return all;
  }

  state_ttl ttl_;
  std::optional<V> last_seen_;  ///< of an expired entry that has just been taken away and shown
};

}  // namespace leat
