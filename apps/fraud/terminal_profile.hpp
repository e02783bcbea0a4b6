#pragma once

#include <array>
#include <cstdint>

#include <leat/core/codec.hpp>
#include <leat/core/time.hpp>

#include "features.hpp"
#include "trail.hpp"

namespace fraud {

/// The last 37 days of one terminal: four bytes per transaction and two running counts for each
/// window.
///
/// Whether a transaction was fraud is known a week later, so the windows end there: one of w days
/// at second t is (t - 7 days - w days, t - 7 days]. A transaction exactly 7 days old is in, one
/// exactly 7 + w days old is out, and that of t itself never counts. Time runs forward only, as in
/// customer_profile.
/// Cost: amortised O(1) per transaction.
class terminal_profile {
 public:
  static constexpr std::int64_t delay_days = 7;
  static constexpr std::array<std::int64_t, 3> window_days{1, 7, 30};

  /// Says how things stand at `at`, and keeps the transaction for when its label is known.
  terminal_features add(leat::event_time at, bool was_fraud) { return add_at(seconds_of(at), was_fraud); }

  /// Forgets what no transaction at `now` or later will see.
  void expire(leat::event_time now) { advance(seconds_of(now)); }

  [[nodiscard]] bool empty() const { return recent_.empty(); }
  [[nodiscard]] std::uint32_t size() const { return recent_.size(); }

  /// When the newest transaction leaves the longest window, and with it the last of this profile.
  /// Requires: !empty().
  [[nodiscard]] leat::event_time expires_at() const;

 private:
  friend struct leat::codec<terminal_profile>;

  /// Twice the low 31 bits of the second, plus 1 for fraud: all entries lie within 37 days, so
  /// distances are exact.
  using entry = std::uint32_t;

  terminal_features add_at(std::int64_t at_s, bool was_fraud);
  void advance(std::int64_t now_s);

  struct tally {
    std::uint32_t count = 0;
    std::uint32_t frauds = 0;
  };
  /// The entries of at least that age from the index `first` on.
  [[nodiscard]] tally older_than(std::uint32_t seconds, std::uint32_t first) const;
  [[nodiscard]] std::int64_t seconds_at(std::uint32_t index) const;

  // Oldest first: count_30d_ entries with known labels, the newest count_7d_ and count_1d_ of which
  // are the shorter windows; behind them those of the last week.
  trail<entry> recent_;
  std::uint32_t count_1d_ = 0;
  std::uint32_t count_7d_ = 0;
  std::uint32_t count_30d_ = 0;
  std::uint32_t frauds_1d_ = 0;
  std::uint32_t frauds_7d_ = 0;
  std::uint32_t frauds_30d_ = 0;
  std::int64_t as_of_s_ = 0;
};

}  // namespace fraud

/// Stored as record{as_of_s, at_s[], fraud[]}; the counts are made anew, so they cannot disagree
/// with the entries.
template <>
struct leat::codec<fraud::terminal_profile> {
  static schema schema_of();
  static void write(encoder& e, const fraud::terminal_profile& p);
  static void read(decoder& d, fraud::terminal_profile& p, const schema& stored);
};
