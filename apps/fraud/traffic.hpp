#pragma once

#include <cstdint>
#include <vector>

#include <leat/core/random.hpp>
#include <leat/core/time.hpp>

#include "transaction.hpp"

namespace fraud {

/// Why a simulated transaction is fraud, in the numbers of the published data.
enum class scenario : std::uint8_t {
  genuine = 0,
  large_amount = 1,          ///< above 220.00
  compromised_terminal = 2,  ///< any transaction there for 28 days
  compromised_card = 3,      ///< for 14 days a third of them, five times as much
};

struct simulated_transaction {
  transaction paid;
  scenario why = scenario::genuine;
};

struct traffic_options {
  std::uint64_t seed = 1;
  leat::event_time start{1'522'540'800'000};  ///< the first midnight: 2018-04-01, as in the published data
  std::uint32_t customers = 5'000;
  std::uint32_t terminals = 10'000;
  double radius = 5;  ///< how far from home a customer pays, on a map of 100 by 100
  std::uint32_t compromised_terminals_per_day = 2;
  std::uint32_t compromised_cards_per_day = 3;
};

/// Simulated card transactions, day by day: those of any day can be had at any time and are the
/// same on every machine, for all of it is done in whole numbers.
/// Memory: 20 bytes per customer, 12 per terminal.
///
/// Customers and terminals are spread evenly over the map. A customer makes 0 to 4 transactions a
/// day on average, around noon, at terminals within the radius, for a mean amount of 5 to 100;
/// those before or after the day do not happen.
/// Threading: const members may be used by many threads.
/// Source: Fraud Detection Handbook, chapter 3, "Transaction data simulator"; our own sequence of
/// random numbers. One difference: each transaction of a compromised card is fraud with probability
/// 1/3, not a third of all in a file.
class traffic {
 public:
  explicit traffic(const traffic_options& options);

  /// The transactions of a day, 0 being the first, in time order and numbered from `first_id`.
  [[nodiscard]] std::vector<simulated_transaction> day(std::uint32_t day, std::uint64_t first_id = 0) const;

 private:
  struct place {
    std::uint32_t x;
    std::uint32_t y;
  };
  struct customer {
    place home;
    std::uint32_t rate;              ///< of 2^32 for four transactions a day
    std::uint32_t mean_thousandths;  ///< of a cent
    bool has_terminal;
  };

  [[nodiscard]] leat::random random_for(std::uint64_t purpose, std::uint64_t a = 0, std::uint64_t b = 0) const;
  void place_terminals();
  [[nodiscard]] bool reaches(place home, std::uint32_t terminal) const;
  template <class Visitor>
  void for_each_row_near(place home, Visitor&& visit) const;
  [[nodiscard]] std::uint32_t choose_terminal(place home, leat::random& r) const;
  [[nodiscard]] std::vector<std::uint32_t> compromised(std::uint64_t purpose, std::uint32_t day, std::uint32_t days,
                                                       std::uint32_t per_day, std::uint32_t population) const;
  void add_payments(std::uint32_t who, std::uint32_t day, std::vector<simulated_transaction>& to) const;

  traffic_options options_;
  std::uint64_t radius_squared_ = 0;
  std::uint32_t cells_per_side_ = 1;
  std::uint32_t cell_size_ = 1;
  std::vector<customer> customers_;
  std::vector<place> terminals_;
  // Terminals by cell of the map, row by row: those of cell c are by_cell_[cell_begin_[c]] to
  // [cell_begin_[c + 1]].
  std::vector<std::uint32_t> by_cell_;
  std::vector<std::uint32_t> cell_begin_;
};

}  // namespace fraud
