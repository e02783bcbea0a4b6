#pragma once

#include <array>
#include <cstdint>

#include <leat/core/codec.hpp>
#include <leat/core/time.hpp>

#include "features.hpp"
#include "trail.hpp"

namespace fraud {

/// The last 30 days of one customer: eight bytes per transaction and a running sum for each window.
///
/// A window of w days at second t is (t - w days, t]: a transaction exactly w days old is out, the
/// newest is in. Time runs forward only: a transaction from before the latest one counts as if it
/// came with it, so callers order by event time first. Transactions of one second count in the
/// order in which they come.
/// Cost: amortised O(1) per transaction.
class customer_profile {
 public:
  static constexpr std::array<std::int64_t, 3> window_days{1, 7, 30};

  /// Takes a transaction in and says how things stand with it.
  customer_features add(leat::event_time at, std::uint32_t amount_cents) {
    return add_at(seconds_of(at), amount_cents);
  }

  /// Forgets what no transaction at `now` or later will see.
  void expire(leat::event_time now) { advance(seconds_of(now)); }

  [[nodiscard]] bool empty() const { return recent_.empty(); }
  [[nodiscard]] std::uint32_t size() const { return recent_.size(); }

  /// When the newest transaction leaves the longest window, and with it the last of this profile.
  /// Requires: !empty().
  [[nodiscard]] leat::event_time expires_at() const;

 private:
  friend struct leat::codec<customer_profile>;

  struct entry {
    std::uint32_t at_s;  // the low 32 bits: all entries lie within 30 days, so their distances are exact
    std::uint32_t amount_cents;
  };

  customer_features add_at(std::int64_t at_s, std::uint32_t amount_cents);
  void advance(std::int64_t now_s);

  struct gone {
    std::uint32_t count = 0;
    std::uint64_t cents = 0;
  };
  /// What has left a window, in seconds, that held the newest `count` entries.
  [[nodiscard]] gone aged_out(std::uint32_t count, std::uint32_t window) const;
  [[nodiscard]] std::int64_t seconds_at(std::uint32_t index) const;

  trail<entry> recent_;  // the 30-day window; the shorter ones are its newest count_1d_ and
                         // count_7d_ entries
  std::uint32_t count_1d_ = 0;
  std::uint32_t count_7d_ = 0;
  std::uint64_t cents_1d_ = 0;
  std::uint64_t cents_7d_ = 0;
  std::uint64_t cents_30d_ = 0;
  std::int64_t as_of_s_ = 0;
};

}  // namespace fraud

/// Stored as record{as_of_s, at_s[], amount_cents[]}; the sums are made anew, so they cannot
/// disagree with the entries.
template <>
struct leat::codec<fraud::customer_profile> {
  static schema schema_of();
  static void write(encoder& e, const fraud::customer_profile& p);
  static void read(decoder& d, fraud::customer_profile& p, const schema& stored);
};
