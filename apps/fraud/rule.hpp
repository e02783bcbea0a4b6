#pragma once

#include <cstdint>
#include <string>

#include <leat/leat.hpp>

namespace fraud {

/// A payment as the rule sees it.
struct payment {
  std::uint64_t transaction_id = 0;
  std::uint64_t account = 0;
  leat::event_time at;
  double amount = 0;

  LEAT_FIELDS(transaction_id, account, at, amount);
};

/// What `fraud rule` reports: the large payment.
struct rule_alert {
  std::uint64_t transaction_id = 0;
  double score = 0;
  std::string rule;
  std::uint64_t account = 0;
  double amount = 0;

  LEAT_FIELDS(transaction_id, score, rule, account, amount);
};

/// A row of the Flink walkthrough's transactions.
struct walkthrough_row {
  std::uint64_t seq = 0;
  std::uint64_t account = 0;
  leat::event_time event_ms;
  double amount = 0;

  LEAT_FIELDS(seq, account, event_ms, amount);
  [[nodiscard]] payment as_payment() const { return {seq, account, event_ms, amount}; }
};

/// A row of the Fraud Detection Handbook's transactions, as far as the rule needs it.
struct handbook_row {
  std::uint64_t transaction_id = 0;
  leat::event_time tx_datetime;
  std::uint64_t customer_id = 0;
  std::uint32_t amount_cents = 0;

  LEAT_FIELDS(transaction_id, tx_datetime, customer_id, amount_cents);
  [[nodiscard]] payment as_payment() const {
    return {transaction_id, customer_id, tx_datetime, static_cast<double>(amount_cents) / 100.0};
  }
};

/// Raises an alert for an amount over 500 directly after one under 1 of the same account: a stolen
/// card is tried with a small amount first.
/// Source: Apache Flink, "Fraud Detection with the DataStream API", FraudDetector; but its timer is
/// in processing time, ours in event time, so that a replay gives the same alerts.
class small_then_large : public leat::keyed_process<std::uint64_t, payment, rule_alert> {
 public:
  /// A large amount later than `within` after the small one raises no alert; zero: however late.
  explicit small_then_large(leat::duration within) : within_(within) {}

  void process(const payment& p, context& ctx, leat::output<rule_alert>& out) override;
  void on_timer(const leat::timer& t, context& ctx, leat::output<rule_alert>& out) override;

 private:
  static constexpr double small_amount = 1.00;
  static constexpr double large_amount = 500.00;

  leat::duration within_;
  leat::value_state<bool> small_seen_{*this, "small-seen"};
  leat::value_state<leat::event_time> expiry_{*this, "expiry"};  ///< the timer's time, while there is one
};

}  // namespace fraud
