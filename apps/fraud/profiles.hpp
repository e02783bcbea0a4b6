#pragma once

#include <cstdint>

#include <leat/leat.hpp>

#include "customer_profile.hpp"
#include "features.hpp"
#include "terminal_profile.hpp"
#include "transaction.hpp"

namespace fraud {

/// Keeps a Profile per key and forgets those that have gone silent. One timer per key, moved on
/// when it fires, so a transaction costs no timer.
template <class Profile>
class profile_state {
 public:
  explicit profile_state(leat::state_owner& owner) : profile_{owner, "profile"}, check_{owner, "check"} {}

  /// Calls `add` with the profile and returns what it returns.
  template <class Context, class Add>
  auto update(Context& ctx, Add&& add) {
    Profile& profile = profile_.at();
    auto features = add(profile);
    if (!check_.has()) check_at(profile.expires_at(), ctx);
    return features;
  }

  template <class Context>
  void check(const leat::timer& t, Context& ctx) {
    check_.clear();
    // The end of the input is no month of silence: a run that goes on from here finds all profiles.
    if (ctx.current_watermark() == leat::watermark::end()) return;
    Profile& profile = profile_.at();
    profile.expire(t.event());
    if (profile.empty())
      profile_.clear();
    else
      check_at(profile.expires_at(), ctx);
  }

 private:
  template <class Context>
  void check_at(leat::event_time at, Context& ctx) {
    check_.set(at);
    ctx.register_event_timer(at);
  }

  leat::value_state<Profile> profile_;
  leat::value_state<leat::event_time> check_;  ///< when the timer fires, while there is one
};

/// Adds to each transaction what is known of its customer.
/// Requires: each customer's transactions in event-time order.
class customer_profiles : public leat::keyed_process<std::uint32_t, transaction, customer_scored> {
 public:
  void process(const transaction& t, context& ctx, leat::output<customer_scored>& out) override {
    out.emit({t, state_.update(ctx, [&t](auto& p) { return p.add(t.tx_datetime, t.amount_cents); })});
  }
  void on_timer(const leat::timer& t, context& ctx, leat::output<customer_scored>&) override { state_.check(t, ctx); }

 private:
  profile_state<customer_profile> state_{*this};
};

/// Adds what is known of the terminal and makes the features complete.
/// Requires: each terminal's transactions in event-time order.
class terminal_profiles : public leat::keyed_process<std::uint32_t, customer_scored, assessed> {
 public:
  void process(const customer_scored& c, context& ctx, leat::output<assessed>& out) override {
    const transaction& t = c.paid;
    const auto k = state_.update(ctx, [&t](auto& p) { return p.add(t.tx_datetime, t.fraud != 0); });
    out.emit({make_row(t, c.customer, k), t.amount_cents});
  }
  void on_timer(const leat::timer& t, context& ctx, leat::output<assessed>&) override { state_.check(t, ctx); }

 private:
  profile_state<terminal_profile> state_{*this};
};

/// The features of each transaction: by customer, then by terminal. Records need event times and
/// watermarks; what comes behind its watermark is dropped and counted.
leat::stream<assessed> assess(leat::stream<transaction> transactions);

}  // namespace fraud
