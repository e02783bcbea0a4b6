#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <leat/core/fields.hpp>
#include <leat/core/time.hpp>

#include "transaction.hpp"

namespace fraud {

/// Windows and times of day are taken in whole seconds.
inline constexpr std::int64_t day_s = 86'400;

/// How many transactions of a customer lie in the 1, 7 and 30 days up to now, and their mean amount
/// in currency units.
struct customer_features {
  std::uint32_t nb_1d = 0;
  double avg_1d = 0;
  std::uint32_t nb_7d = 0;
  double avg_7d = 0;
  std::uint32_t nb_30d = 0;
  double avg_30d = 0;

  LEAT_FIELDS(nb_1d, avg_1d, nb_7d, avg_7d, nb_30d, avg_30d);
  bool operator==(const customer_features&) const = default;
};

/// How many transactions of a terminal lie in the 1, 7 and 30 days up to a week ago, and which
/// share of them was fraud.
struct terminal_features {
  std::uint32_t nb_1d = 0;
  double risk_1d = 0;
  std::uint32_t nb_7d = 0;
  double risk_7d = 0;
  std::uint32_t nb_30d = 0;
  double risk_30d = 0;

  LEAT_FIELDS(nb_1d, risk_1d, nb_7d, risk_7d, nb_30d, risk_30d);
  bool operator==(const terminal_features&) const = default;
};

/// The fourteen published features of one transaction.
/// Source: Le Borgne, Siblini, Lebichot, Bontempi, "Reproducible Machine Learning for Credit Card
/// Fraud Detection", chapter 3, "Baseline feature transformation".
struct feature_row {
  std::uint64_t transaction_id = 0;
  std::uint8_t weekend = 0;  ///< 1 on Saturday and Sunday
  std::uint8_t night = 0;    ///< 1 until 06:59:59
  std::uint32_t cust_nb_1d = 0;
  double cust_avg_1d = 0;
  std::uint32_t cust_nb_7d = 0;
  double cust_avg_7d = 0;
  std::uint32_t cust_nb_30d = 0;
  double cust_avg_30d = 0;
  std::uint32_t term_nb_1d = 0;
  double term_risk_1d = 0;
  std::uint32_t term_nb_7d = 0;
  double term_risk_7d = 0;
  std::uint32_t term_nb_30d = 0;
  double term_risk_30d = 0;

  LEAT_FIELDS(transaction_id, weekend, night, cust_nb_1d, cust_avg_1d, cust_nb_7d, cust_avg_7d, cust_nb_30d,
              cust_avg_30d, term_nb_1d, term_risk_1d, term_nb_7d, term_risk_7d, term_nb_30d, term_risk_30d);
  bool operator==(const feature_row&) const = default;
};

/// A transaction with what is known of its customer: what travels from the customer profiles to the
/// terminal profiles.
struct customer_scored {
  transaction paid;
  customer_features customer;

  LEAT_FIELDS(paid, customer);
};

/// All that a model looks at.
struct assessed {
  feature_row features;
  std::uint32_t amount_cents = 0;

  LEAT_FIELDS(features, amount_cents);
};

/// What `fraud run` reports.
struct alert {
  std::uint64_t transaction_id = 0;
  double score = 0;
  std::string rule;

  LEAT_FIELDS(transaction_id, score, rule);
};

/// Whole seconds since 1970, rounded down.
[[nodiscard]] constexpr std::int64_t seconds_of(leat::event_time at) {
  return at.ms() / 1000 - (at.ms() % 1000 < 0 ? 1 : 0);
}

/// The first millisecond of a second, at the ends of time the nearest there is.
[[nodiscard]] constexpr leat::event_time start_of(std::int64_t at_s) {
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min() / 1000;
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max() / 1000;
  return leat::event_time{std::clamp(at_s, lowest, highest) * 1000};
}

/// Whether stored times can be those of a profile that stands at `as_of_s`. They come from a disk:
/// nothing is trusted.
[[nodiscard]] inline bool ascend_up_to(std::int64_t as_of_s, const std::vector<std::int64_t>& at_s) {
  constexpr std::int64_t lowest = seconds_of(leat::event_time::min());
  constexpr std::int64_t highest = seconds_of(leat::event_time::max());
  if (as_of_s < lowest || as_of_s > highest) return false;
  if (at_s.empty()) return true;
  return at_s.front() >= lowest && at_s.back() <= as_of_s && std::is_sorted(at_s.begin(), at_s.end());
}

/// 1 on Saturday and Sunday (UTC), else 0.
[[nodiscard]] constexpr std::uint8_t is_weekend(std::int64_t at_s) {
  const std::int64_t day = at_s / day_s - (at_s % day_s < 0 ? 1 : 0);
  const std::int64_t since_saturday = ((day - 2) % 7 + 7) % 7;  // day 2 of 1970 was a Saturday
  return since_saturday < 2 ? 1 : 0;
}

/// 1 from midnight until 06:59:59 (UTC), else 0. The book's text says "less than 6"; its published
/// data has this.
[[nodiscard]] constexpr std::uint8_t is_night(std::int64_t at_s) {
  const std::int64_t second = (at_s % day_s + day_s) % day_s;
  return second < 7 * 3600 ? 1 : 0;
}

[[nodiscard]] inline feature_row make_row(const transaction& t, const customer_features& c,
                                          const terminal_features& k) {
  const std::int64_t at_s = seconds_of(t.tx_datetime);
  return {t.transaction_id, is_weekend(at_s), is_night(at_s), c.nb_1d, c.avg_1d,  c.nb_7d,  c.avg_7d,  c.nb_30d,
          c.avg_30d,        k.nb_1d,          k.risk_1d,      k.nb_7d, k.risk_7d, k.nb_30d, k.risk_30d};
}

}  // namespace fraud
