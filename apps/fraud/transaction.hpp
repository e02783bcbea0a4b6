#pragma once

#include <cstdint>

#include <leat/core/fields.hpp>
#include <leat/core/time.hpp>

namespace fraud {

/// One card payment. The field names are the columns of the Fraud Detection Handbook's data, with
/// the amount in cents.
struct transaction {
  std::uint64_t transaction_id = 0;
  leat::event_time tx_datetime;
  std::uint32_t customer_id = 0;
  std::uint32_t terminal_id = 0;
  std::uint32_t amount_cents = 0;
  std::uint8_t fraud = 0;  ///< 0 or 1: whether it was later found to be fraud

  LEAT_FIELDS(transaction_id, tx_datetime, customer_id, terminal_id, amount_cents, fraud);
};

}  // namespace fraud
