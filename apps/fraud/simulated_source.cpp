#include "simulated_source.hpp"

namespace fraud {

std::optional<transaction> simulated_days::operator()(traffic_position& next) const {
  for (; next.day < days_; ++next.day, next.index = 0) {
    if (loaded_ != next.day) {
      today_ = traffic_->day(next.day, next.id - next.index);
      loaded_ = next.day;
    }
    if (next.index < today_.size()) {
      ++next.id;
      return today_[next.index++].paid;
    }
  }
  return std::nullopt;
}

}  // namespace fraud
