#include "terminal_profile.hpp"

#include <algorithm>
#include <vector>

namespace fraud {
namespace {

constexpr std::uint32_t seconds_in(std::int64_t days) { return static_cast<std::uint32_t>(days * day_s); }

constexpr std::uint32_t delay = seconds_in(terminal_profile::delay_days);
constexpr std::uint32_t end_1d = delay + seconds_in(terminal_profile::window_days[0]);
constexpr std::uint32_t end_7d = delay + seconds_in(terminal_profile::window_days[1]);
constexpr std::uint32_t end_30d = delay + seconds_in(terminal_profile::window_days[2]);

constexpr std::uint32_t pack(std::int64_t at_s, bool was_fraud) {
  return (static_cast<std::uint32_t>(at_s) << 1) | (was_fraud ? 1U : 0U);
}
constexpr std::uint32_t label(std::uint32_t entry) { return entry & 1U; }
/// Seconds from the entry to `now`, itself packed without a label.
constexpr std::uint32_t age(std::uint32_t now, std::uint32_t entry) { return (now - (entry & ~1U)) >> 1; }

double share(std::uint32_t frauds, std::uint32_t count) {
  return static_cast<double>(frauds) / static_cast<double>(std::max(count, 1U));
}

/// The stored form; its names are part of every snapshot.
struct stored_profile {
  std::int64_t as_of_s = 0;
  std::vector<std::int64_t> at_s;
  std::vector<std::uint8_t> fraud;

  LEAT_FIELDS(as_of_s, at_s, fraud);
};

}  // namespace

terminal_features terminal_profile::add_at(std::int64_t at_s, bool was_fraud) {
  advance(at_s);
  recent_.push(pack(as_of_s_, was_fraud));
  return {count_1d_,  share(frauds_1d_, count_1d_),  count_7d_, share(frauds_7d_, count_7d_),
          count_30d_, share(frauds_30d_, count_30d_)};
}

void terminal_profile::advance(std::int64_t now_s) {
  if (recent_.empty()) {
    as_of_s_ = now_s;
    return;
  }
  if (now_s <= as_of_s_) return;
  if (now_s - as_of_s_ >= end_30d) {
    *this = terminal_profile{};
    as_of_s_ = now_s;
    return;
  }
  as_of_s_ = now_s;
  // First in, then out: an entry may pass through a whole window between two transactions.
  const tally known = older_than(delay, count_30d_);
  count_30d_ += known.count;
  frauds_30d_ += known.frauds;
  const tally from_1d = older_than(end_1d, count_30d_ - known.count - count_1d_);
  const tally from_7d = older_than(end_7d, count_30d_ - known.count - count_7d_);
  const tally from_30d = older_than(end_30d, 0);
  count_1d_ += known.count - from_1d.count;
  frauds_1d_ += known.frauds - from_1d.frauds;
  count_7d_ += known.count - from_7d.count;
  frauds_7d_ += known.frauds - from_7d.frauds;
  count_30d_ -= from_30d.count;
  frauds_30d_ -= from_30d.frauds;
  recent_.drop(from_30d.count);
}

terminal_profile::tally terminal_profile::older_than(std::uint32_t seconds, std::uint32_t first) const {
  // One or none is usual and cannot be predicted, so a few are looked at without branches.
  constexpr std::uint32_t stride = trail<entry>::padding;
  const std::uint32_t now = pack(as_of_s_, false);
  const entry* next = recent_.data() + first;
  std::uint32_t left = recent_.size() - first;
  tally all;
  for (;;) {
    tally some;
    for (std::uint32_t i = 0; i < stride; ++i) {
      const std::uint32_t older =
          static_cast<std::uint32_t>(i < left) & static_cast<std::uint32_t>(age(now, next[i]) >= seconds);
      some.count += older;
      some.frauds += older & next[i];
    }
    all.count += some.count;
    all.frauds += some.frauds;
    if (some.count < stride) return all;
    next += stride;
    left -= stride;
  }
}

std::int64_t terminal_profile::seconds_at(std::uint32_t index) const {
  return as_of_s_ - age(pack(as_of_s_, false), recent_.data()[index]);
}

leat::event_time terminal_profile::expires_at() const { return start_of(seconds_at(recent_.size() - 1) + end_30d); }

}  // namespace fraud

leat::schema leat::codec<fraud::terminal_profile>::schema_of() { return codec<fraud::stored_profile>::schema_of(); }

void leat::codec<fraud::terminal_profile>::write(encoder& e, const fraud::terminal_profile& p) {
  const std::uint32_t size = p.recent_.size();
  e.put_array(3);
  e.put_signed(p.as_of_s_);
  e.put_array(size);
  for (std::uint32_t i = 0; i < size; ++i) e.put_signed(p.seconds_at(i));
  e.put_array(size);
  for (std::uint32_t i = 0; i < size; ++i) e.put_unsigned(fraud::label(p.recent_.data()[i]));
}

void leat::codec<fraud::terminal_profile>::read(decoder& d, fraud::terminal_profile& p, const schema& stored) {
  p = {};
  fraud::stored_profile in;
  codec<fraud::stored_profile>::read(d, in, stored);
  if (d.failed()) return;
  if (in.at_s.size() != in.fraud.size()) return d.fail("a terminal profile must have as many times as labels");
  if (!fraud::ascend_up_to(in.as_of_s, in.at_s))
    return d.fail("the times of a terminal profile must ascend up to its own time");
  for (std::size_t i = 0; i < in.at_s.size(); ++i) p.add_at(in.at_s[i], in.fraud[i] != 0);
  p.advance(in.as_of_s);
}
