#pragma once

#include <bit>
#include <cstdint>
#include <set>

#include <leat/core/codec.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// The timers of one key: the truth about what is registered, kept beside the key's states and snapshotted with them.
/// 16 bytes; the first timer without a scope stands inside, further ones in a set. May be moved by copying its bytes.
/// Threading: one subtask.
class key_timers {
 public:
  key_timers() = default;
  key_timers(const key_timers&) = delete;
  key_timers& operator=(const key_timers&) = delete;
  ~key_timers() { delete more(); }

  [[nodiscard]] bool empty() const { return bits_ == 0; }

  /// False if an equal timer is registered already.
  bool insert(const timer& t) {
    if (is_inside(t)) return false;
    if ((bits_ & inside) == 0 && t.scope == scope::none && !(more() && more()->contains(t))) {
      at_ = t.at_ms;
      bits_ |= inside | (t.domain == time_domain::processing ? processing : 0);
      return true;
    }
    if (!more()) bits_ |= std::bit_cast<std::uintptr_t>(new std::set<timer>);
    return more()->insert(t).second;
  }

  /// False if no such timer is registered.
  bool erase(const timer& t) {
    if (is_inside(t)) {
      bits_ &= ~flags;
      return true;
    }
    if (!more() || more()->erase(t) == 0) return false;
    if (more()->empty()) {
      delete more();
      bits_ &= flags;
    }
    return true;
  }

  [[nodiscard]] bool contains(const timer& t) const { return is_inside(t) || (more() && more()->contains(t)); }

  [[nodiscard]] std::size_t size() const { return ((bits_ & inside) ? 1U : 0U) + (more() ? more()->size() : 0U); }

  template <class Visitor>
  void for_each(Visitor&& visit) const {
    if (bits_ & inside) visit(inside_timer());
    if (more())
      for (const auto& t : *more()) visit(t);
  }

 private:
  static constexpr std::uintptr_t inside = 1;
  static constexpr std::uintptr_t processing = 2;
  static constexpr std::uintptr_t flags = inside | processing;

  [[nodiscard]] std::set<timer>* more() const { return std::bit_cast<std::set<timer>*>(bits_ & ~flags); }
  [[nodiscard]] timer inside_timer() const {
    return {(bits_ & processing) ? time_domain::processing : time_domain::event, at_, scope::none};
  }
  [[nodiscard]] bool is_inside(const timer& t) const {
    return (bits_ & inside) && at_ == t.at_ms && t.scope == scope::none &&
           ((bits_ & processing) != 0) == (t.domain == time_domain::processing);
  }

  std::int64_t at_ = 0;
  std::uintptr_t bits_ = 0;  ///< pointer to the set, with `flags` in its lowest bits
};

}  // namespace leat
