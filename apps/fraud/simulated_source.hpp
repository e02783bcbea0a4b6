#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <leat/leat.hpp>

#include "traffic.hpp"
#include "transaction.hpp"

namespace fraud {

/// The next simulated transaction: all that a restart needs to know.
struct traffic_position {
  std::uint32_t day = 0;
  std::uint32_t index = 0;  ///< within the day
  std::uint64_t id = 0;

  LEAT_FIELDS(day, index, id);
};

/// A generating function over the transactions of days 0 to days - 1, for leat::generate.
class simulated_days {
 public:
  simulated_days(const traffic_options& options, std::uint32_t days)
      : traffic_(std::make_shared<const traffic>(options)), days_(days) {}

  std::optional<transaction> operator()(traffic_position& next) const;

 private:
  std::shared_ptr<const traffic> traffic_;
  std::uint32_t days_;
  // The day being handed out; made from the position whenever it is another one's. Copies have a
  // day each.
  mutable std::optional<std::uint32_t> loaded_;
  mutable std::vector<simulated_transaction> today_;
};

}  // namespace fraud
