#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <leat/core/assert.hpp>
#include <leat/state/state_owner.hpp>
#include <leat/state/state_ttl.hpp>

namespace leat {

/// A state whose value expires as a whole; the shapes that hold one value are built on it. `T` is what is kept for the
/// key, `shape` the shape's name without TTL.
template <class T>
class expiring_cell : private state_cell<expiring<T>> {
  using cell = state_cell<expiring<T>>;

 protected:
  expiring_cell(state_owner& owner, std::string name, const char* shape, const state_ttl& ttl)
      : cell(owner, std::move(name), std::string{"expiring "} + shape, operations(), ttl), ttl_(ttl) {}

  /// Whether a read would find a value; not a read itself.
  [[nodiscard]] bool visible() const { return cell::present() && (ttl_.shows_expired() || !expired()); }

  /// Reads: null if there is nothing to be seen. Valid until the next use of this state.
  [[nodiscard]] const T* find() {
    if (!cell::present()) return nullptr;
    if (expired()) return take_expired();
    if (ttl_.refreshes_on_read() && cell::read().written != cell::now()) cell::write().written = cell::now();
    return &cell::read().value;
  }

  /// The value to be changed, written now: what a read would find, else made anew.
  [[nodiscard]] T& refreshed() {
    const bool gone = !visible();
    expiring<T>& kept = cell::write();
    if (gone) kept.value = T{};
    kept.written = cell::now();
    return kept.value;
  }
  void replace(T value) { cell::write() = {std::move(value), cell::now()}; }
  using cell::erase;

 private:
  [[nodiscard]] bool expired() const { return ttl_.expired(cell::read().written, cell::now()); }

  const T* take_expired() {
    if (ttl_.shows_expired()) last_seen_ = cell::read().value;
    cell::erase();
    return ttl_.shows_expired() ? &*last_seen_ : nullptr;
  }

  static const expiry_operations& operations() {
    static const expiry_operations all{
        .any_expired =
            [](const void* at, const state_ttl& ttl, processing_time now) {
              return ttl.expired(static_cast<const expiring<T>*>(at)->written, now);
            },
        .drop_expired = [](void* at, const state_ttl& ttl,
                           processing_time now) { return ttl.expired(static_cast<expiring<T>*>(at)->written, now); },
        .adopt =
            [](decoder& d, void* at, const schema& stored, processing_time now) {
              auto& kept = *static_cast<expiring<T>*>(at);
              codec<T>::read(d, kept.value, stored);
              kept.written = now;
            },
        .without_ttl = codec<T>::schema_of()};
    return all;
  }

  state_ttl ttl_;
  std::optional<T> last_seen_;  ///< an expired value that has just been taken away and shown
};

}  // namespace leat
