// Simulated transactions as a stream that can be taken up anywhere.

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "simulated_source.hpp"

TEST_CASE("taken up at any position, the stream goes on as if it had not been interrupted") {
  fraud::traffic_options options;
  options.customers = 100;
  options.terminals = 400;
  const fraud::simulated_days whole{options, 6};
  std::vector<fraud::transaction> all;
  std::vector<fraud::traffic_position> positions;
  for (fraud::traffic_position at;;) {
    positions.push_back(at);
    const auto t = whole(at);
    if (!t) break;
    all.push_back(*t);
  }
  REQUIRE(all.size() > 500);
  const fraud::traffic source{options};
  std::uint64_t expected = 0;
  for (std::uint32_t d = 0; d < 6; ++d) expected += source.day(d).size();
  CHECK(all.size() == expected);

  for (std::size_t start = 0; start <= all.size(); start += 37) {
    CAPTURE(start);
    const fraud::simulated_days resumed{options, 6};
    auto at = positions[start];
    CHECK(at.id == start);
    for (std::size_t i = start; i < all.size(); ++i) {
      const auto t = resumed(at);
      REQUIRE(t.has_value());
      REQUIRE(t->transaction_id == i);
      REQUIRE(t->tx_datetime == all[i].tx_datetime);
      REQUIRE(t->customer_id == all[i].customer_id);
      REQUIRE(t->amount_cents == all[i].amount_cents);
    }
    CHECK(!resumed(at).has_value());
  }
}
