#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "features.hpp"

namespace fraud_test {

/// The features by their definition, in quadratic time: the rows before the index-th of `all`,
/// which is in time order, are looked through one by one. Shares no code with the profiles.
inline fraud::feature_row reference_row(const std::vector<fraud::transaction>& all, std::size_t index) {
  constexpr std::int64_t day = 86'400;
  const auto second = [](const fraud::transaction& t) { return t.tx_datetime.ms() / 1000; };
  const fraud::transaction& now = all[index];
  const std::int64_t t = second(now);

  fraud::feature_row row;
  row.transaction_id = now.transaction_id;
  const std::int64_t weekday = (t / day + 4) % 7;  // 0 is Sunday
  row.weekend = weekday == 0 || weekday == 6;
  row.night = t % day / 3600 <= 6;

  const auto customer = [&](std::int64_t w, std::uint32_t& count, double& mean) {
    double sum = 0;
    for (std::size_t i = 0; i <= index; ++i)
      if (all[i].customer_id == now.customer_id && second(all[i]) > t - w * day && second(all[i]) <= t) {
        ++count;
        sum += all[i].amount_cents / 100.0;
      }
    mean = sum / count;
  };
  const auto terminal = [&](std::int64_t w, std::uint32_t& count, double& risk) {
    double frauds = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].terminal_id == now.terminal_id && second(all[i]) > t - (7 + w) * day &&
          second(all[i]) <= t - 7 * day) {
        ++count;
        frauds += all[i].fraud;
      }
    risk = count == 0 ? 0 : frauds / count;
  };
  customer(1, row.cust_nb_1d, row.cust_avg_1d);
  customer(7, row.cust_nb_7d, row.cust_avg_7d);
  customer(30, row.cust_nb_30d, row.cust_avg_30d);
  terminal(1, row.term_nb_1d, row.term_risk_1d);
  terminal(7, row.term_nb_7d, row.term_risk_7d);
  terminal(30, row.term_nb_30d, row.term_risk_30d);
  return row;
}

}  // namespace fraud_test
