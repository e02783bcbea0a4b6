#include "customer_profile.hpp"

#include <algorithm>
#include <vector>

namespace fraud {
namespace {

constexpr auto window_1d = static_cast<std::uint32_t>(customer_profile::window_days[0] * day_s);
constexpr auto window_7d = static_cast<std::uint32_t>(customer_profile::window_days[1] * day_s);
constexpr auto window_30d = static_cast<std::uint32_t>(customer_profile::window_days[2] * day_s);

/// Whole cents divided once, so the mean is the nearest double to the true one.
double mean_amount(std::uint64_t cents, std::uint32_t count) {
  return static_cast<double>(cents) / (100.0 * static_cast<double>(count));
}

/// The stored form; its names are part of every snapshot.
struct stored_profile {
  std::int64_t as_of_s = 0;
  std::vector<std::int64_t> at_s;
  std::vector<std::uint32_t> amount_cents;

  LEAT_FIELDS(as_of_s, at_s, amount_cents);
};

}  // namespace

customer_features customer_profile::add_at(std::int64_t at_s, std::uint32_t amount_cents) {
  advance(at_s);
  recent_.push({static_cast<std::uint32_t>(as_of_s_), amount_cents});
  ++count_1d_;
  ++count_7d_;
  cents_1d_ += amount_cents;
  cents_7d_ += amount_cents;
  cents_30d_ += amount_cents;
  return {count_1d_,      mean_amount(cents_1d_, count_1d_),      count_7d_, mean_amount(cents_7d_, count_7d_),
          recent_.size(), mean_amount(cents_30d_, recent_.size())};
}

void customer_profile::advance(std::int64_t now_s) {
  if (recent_.empty()) {
    as_of_s_ = now_s;
    return;
  }
  if (now_s <= as_of_s_) return;
  const bool all_gone = now_s - as_of_s_ >= window_30d;
  as_of_s_ = now_s;
  if (all_gone) {
    *this = customer_profile{};
    as_of_s_ = now_s;
    return;
  }
  const gone from_1d = aged_out(count_1d_, window_1d);
  const gone from_7d = aged_out(count_7d_, window_7d);
  const gone from_30d = aged_out(recent_.size(), window_30d);
  count_1d_ -= from_1d.count;
  cents_1d_ -= from_1d.cents;
  count_7d_ -= from_7d.count;
  cents_7d_ -= from_7d.cents;
  recent_.drop(from_30d.count);
  cents_30d_ -= from_30d.cents;
}

customer_profile::gone customer_profile::aged_out(std::uint32_t count, std::uint32_t window) const {
  // One or none is usual and cannot be predicted, so a few are looked at without branches.
  constexpr std::uint32_t stride = trail<entry>::padding;
  const auto now = static_cast<std::uint32_t>(as_of_s_);
  const entry* next = recent_.data() + (recent_.size() - count);
  gone all;
  for (;;) {
    gone some;
    for (std::uint32_t i = 0; i < stride; ++i) {
      const std::uint32_t out =
          static_cast<std::uint32_t>(i < count) & static_cast<std::uint32_t>(now - next[i].at_s >= window);
      some.count += out;
      some.cents += (0U - out) & next[i].amount_cents;
    }
    all.count += some.count;
    all.cents += some.cents;
    if (some.count < stride) return all;
    next += stride;
    count -= stride;
  }
}

std::int64_t customer_profile::seconds_at(std::uint32_t index) const {
  return as_of_s_ - (static_cast<std::uint32_t>(as_of_s_) - recent_.data()[index].at_s);
}

leat::event_time customer_profile::expires_at() const { return start_of(seconds_at(recent_.size() - 1) + window_30d); }

}  // namespace fraud

leat::schema leat::codec<fraud::customer_profile>::schema_of() { return codec<fraud::stored_profile>::schema_of(); }

void leat::codec<fraud::customer_profile>::write(encoder& e, const fraud::customer_profile& p) {
  const std::uint32_t size = p.recent_.size();
  e.put_array(3);
  e.put_signed(p.as_of_s_);
  e.put_array(size);
  for (std::uint32_t i = 0; i < size; ++i) e.put_signed(p.seconds_at(i));
  e.put_array(size);
  for (std::uint32_t i = 0; i < size; ++i) e.put_unsigned(p.recent_.data()[i].amount_cents);
}

void leat::codec<fraud::customer_profile>::read(decoder& d, fraud::customer_profile& p, const schema& stored) {
  p = {};
  fraud::stored_profile in;
  codec<fraud::stored_profile>::read(d, in, stored);
  if (d.failed()) return;
  if (in.at_s.size() != in.amount_cents.size()) return d.fail("a customer profile must have as many times as amounts");
  if (!fraud::ascend_up_to(in.as_of_s, in.at_s))
    return d.fail("the times of a customer profile must ascend up to its own time");
  for (std::size_t i = 0; i < in.at_s.size(); ++i) p.add_at(in.at_s[i], in.amount_cents[i]);
  p.advance(in.as_of_s);
}
