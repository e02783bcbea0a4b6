#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <leat/state/state_owner.hpp>
#include <leat/state/state_ttl.hpp>

namespace leat {

/// A list per key whose elements expire one by one: `expiring_list_state<order> recent_{*this, "recent", {.ttl = 1h}};`.
/// Source: Flink, TtlListState.
template <class T>
class expiring_list_state : private state_cell<expiring_list<T>> {
  using cell = state_cell<expiring_list<T>>;

 public:
  expiring_list_state(state_owner& owner, std::string name, const state_ttl& ttl)
      : cell(owner, std::move(name), "expiring list", operations(), ttl), ttl_(ttl) {}

  /// Reads: the living elements in the order of add. Where expired ones are shown, those too, unless an earlier read
  /// has dropped them: one that refreshes drops them, and one that finds nothing else. Valid until the next use.
  [[nodiscard]] const std::vector<T>& get() {
    seen_.clear();
    if (!cell::present()) return seen_;
    const std::size_t gone = count_expired(cell::read(), ttl_, cell::now());
    const bool all_gone = gone == cell::read().values.size();
    if (gone > 0 && (all_gone || ttl_.refreshes_on_read()) && ttl_.shows_expired()) seen_ = cell::read().values;
    if (all_gone) {
      cell::erase();
      return seen_;
    }
    if (gone > 0 && (ttl_.refreshes_on_read() || !ttl_.shows_expired())) drop(cell::write(), ttl_, cell::now());
    if (ttl_.refreshes_on_read()) refresh();
    return seen_.empty() ? cell::read().values : seen_;
  }
  void add(T value) {
    auto& kept = cell::write();
    kept.values.push_back(std::move(value));
    kept.written.push_back(cell::now());
  }
  /// Replaces all elements; they are written now.
  void set(std::vector<T> values) {
    if (values.empty()) return clear();
    auto& kept = cell::write();
    kept.written.assign(values.size(), cell::now());
    kept.values = std::move(values);
  }
  void clear() { cell::erase(); }

 private:
  void refresh() {
    const auto is_fresh = [this](processing_time t) { return t == cell::now(); };
    const auto& times = cell::read().written;
    if (std::all_of(times.begin(), times.end(), is_fresh)) return;
    auto& kept = cell::write();
    std::fill(kept.written.begin(), kept.written.end(), cell::now());
  }

  static std::size_t count_expired(const expiring_list<T>& list, const state_ttl& ttl, processing_time now) {
    return static_cast<std::size_t>(std::count_if(list.written.begin(), list.written.end(),
                                                  [&](processing_time t) { return ttl.expired(t, now); }));
  }
  static void drop(expiring_list<T>& list, const state_ttl& ttl, processing_time now) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < list.values.size(); ++i) {
      if (ttl.expired(list.written[i], now)) continue;
      if (kept != i) list.values[kept] = std::move(list.values[i]);
      list.written[kept++] = list.written[i];
    }
    list.values.erase(list.values.begin() + static_cast<std::ptrdiff_t>(kept), list.values.end());
    list.written.resize(kept);
  }

  static const expiry_operations& operations() {
    static const expiry_operations all{.any_expired =
                                           [](const void* at, const state_ttl& ttl, processing_time now) {
                                             return count_expired(*static_cast<const expiring_list<T>*>(at), ttl, now) >
                                                    0;
                                           },
                                       .drop_expired =
                                           [](void* at, const state_ttl& ttl, processing_time now) {
                                             auto& list = *static_cast<expiring_list<T>*>(at);
                                             drop(list, ttl, now);
                                             return list.values.empty();
                                           },
                                       .adopt =
                                           [](decoder& d, void* at, const schema& stored, processing_time now) {
                                             auto& list = *static_cast<expiring_list<T>*>(at);
                                             codec<std::vector<T>>::read(d, list.values, stored);
                                             list.written.assign(list.values.size(), now);
                                           },
                                       .without_ttl = codec<std::vector<T>>::schema_of()};
    return all;
  }

  state_ttl ttl_;
  std::vector<T> seen_;  ///< what the last read showed, where that is no longer what is kept
};

}  // namespace leat
