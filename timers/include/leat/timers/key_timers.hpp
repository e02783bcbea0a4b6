#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include <leat/core/codec.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// The timers of one key: the truth about what is registered, kept beside the key's states and snapshotted with them.
/// 8 bytes: a single timer without a scope stands inside; where there are more, all stand in a set. May be moved by
/// copying its bytes, and made by setting them to zero.
/// Threading: one subtask.
class key_timers {
 public:
  key_timers() = default;
  key_timers(const key_timers&) = delete;
  key_timers& operator=(const key_timers&) = delete;
  ~key_timers() {
    if (in_set()) release();
  }

  [[nodiscard]] bool empty() const { return bits_ == 0; }

  [[nodiscard]] bool contains(const timer& t) const {
    return in_set() ? set_contains(t) : bits_ != 0 && fits_inside(t) && bits_ == inside_bits(t);
  }

  /// False if an equal timer is registered already.
  bool insert(const timer& t) {
    if (bits_ == 0 && fits_inside(t)) [[likely]] {
      bits_ = inside_bits(t);
      return true;
    }
    return !contains(t) && insert_into_set(t);
  }

  /// False if no such timer is registered.
  bool erase(const timer& t) {
    if (in_set()) return erase_from_set(t);
    if (!contains(t)) return false;
    bits_ = 0;
    return true;
  }

  /// The first timer, in order of scope, of just this time and domain.
  [[nodiscard]] std::optional<timer> first_at(time_domain domain, std::int64_t at_ms) const {
    if (in_set()) return first_in_set(domain, at_ms);
    const timer t{domain, at_ms, scope::none};
    return contains(t) ? std::optional{t} : std::nullopt;
  }

  [[nodiscard]] std::size_t size() const;

  template <class Visitor>
  void for_each(Visitor&& visit) const {
    if (bits_ == 0) return;
    if (!in_set()) return visit(inside_timer());
    for (std::optional<timer> t = first_of_set(); t; t = after_in_set(*t)) visit(*t);
  }

 private:
  // bits_ is zero, or the address of the set, or a time shifted by two with `inside` and perhaps `processing` below it.
  static constexpr std::uint64_t inside = 1;
  static constexpr std::uint64_t processing = 2;

  [[nodiscard]] bool in_set() const { return bits_ != 0 && (bits_ & inside) == 0; }
  [[nodiscard]] static bool fits_inside(const timer& t) {
    constexpr std::int64_t reach = std::numeric_limits<std::int64_t>::max() / 4;
    return t.scope == scope::none && t.at_ms >= -reach && t.at_ms <= reach;
  }
  [[nodiscard]] static std::uint64_t inside_bits(const timer& t) {
    return static_cast<std::uint64_t>(t.at_ms) << 2 | (t.domain == time_domain::processing ? processing : 0) | inside;
  }
  [[nodiscard]] timer inside_timer() const {
    return {(bits_ & processing) != 0 ? time_domain::processing : time_domain::event,
            static_cast<std::int64_t>(bits_) >> 2, scope::none};
  }

  [[nodiscard]] bool set_contains(const timer& t) const;
  bool insert_into_set(const timer& t);
  bool erase_from_set(const timer& t);
  [[nodiscard]] std::optional<timer> first_in_set(time_domain domain, std::int64_t at_ms) const;
  [[nodiscard]] std::optional<timer> first_of_set() const;
  [[nodiscard]] std::optional<timer> after_in_set(const timer& t) const;
  void release();

  std::uint64_t bits_ = 0;
};

/// A key's timers in a snapshot: a list of [domain, at in ms, scope], the domain 0 for event and 1 for processing time.
template <>
struct codec<key_timers> {
  static schema schema_of();
  static void write(encoder& e, const key_timers& timers);
  static void read(decoder& d, key_timers& timers, const schema& stored);
};

}  // namespace leat
