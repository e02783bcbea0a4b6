#include "profiles.hpp"

#include <utility>

namespace fraud {

leat::stream<assessed> assess(leat::stream<transaction> transactions) {
  // The second sort undoes the mixing of the channels from several customer subtasks.
  return transactions.key_by(&transaction::customer_id)
      .sorted_by_event_time("by-time")
      .process<customer_profiles>("customer-profiles")
      .key_by([](const customer_scored& c) { return c.paid.terminal_id; })
      .sorted_by_event_time("by-time-again")
      .process<terminal_profiles>("terminal-profiles");
}

}  // namespace fraud
