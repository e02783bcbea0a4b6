#include <leat/cluster/restart_strategy.hpp>

#include <algorithm>

namespace leat {

restart_strategy restart_strategy::fixed_delay(std::uint32_t attempts, duration delay) {
  restart_strategy s{kind::fixed_delay};
  s.limit_ = attempts;
  s.delay_ = delay;
  return s;
}

restart_strategy restart_strategy::exponential_delay(duration first, duration longest, duration calm) {
  restart_strategy s{kind::exponential_delay};
  s.delay_ = s.next_ = first;
  s.longest_ = longest;
  s.span_ = calm;
  return s;
}

restart_strategy restart_strategy::failure_rate(std::uint32_t failures, duration interval, duration delay) {
  restart_strategy s{kind::failure_rate};
  s.limit_ = failures;
  s.span_ = interval;
  s.delay_ = delay;
  return s;
}

std::optional<duration> restart_strategy::after_failure(std::chrono::nanoseconds now) {
  switch (kind_) {
    case kind::none: return std::nullopt;
    case kind::fixed_delay: return used_++ < limit_ ? std::optional{delay_} : std::nullopt;
    case kind::exponential_delay: {
      if (!failures_.empty() && now - failures_.back() > span_) next_ = delay_;
      failures_.assign(1, now);
      const duration wait = next_;
      next_ = std::min(longest_, next_ * 2);
      return wait;
    }
    case kind::failure_rate: {
      failures_.push_back(now);
      while (now - failures_.front() > span_) failures_.pop_front();
      return failures_.size() <= limit_ ? std::optional{delay_} : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace leat
