#include "rule.hpp"

namespace fraud {

void small_then_large::process(const payment& p, context& ctx, leat::output<rule_alert>& out) {
  if (small_seen_.has()) {
    // The timer alone would not do: it fires when the watermark passes, which may be later than the
    // next payment.
    const bool in_time = !expiry_.has() || p.at <= expiry_.get();
    if (in_time && p.amount > large_amount) out.emit({p.transaction_id, 1.0, "small-then-large", p.account, p.amount});
    if (expiry_.has()) ctx.delete_event_timer(expiry_.get());
    expiry_.clear();
    small_seen_.clear();
  }
  if (p.amount < small_amount) {
    small_seen_.set(true);
    if (within_ > leat::duration{0}) {
      expiry_.set(p.at + within_);
      ctx.register_event_timer(expiry_.get());
    }
  }
}

void small_then_large::on_timer(const leat::timer&, context&, leat::output<rule_alert>&) {
  small_seen_.clear();
  expiry_.clear();
}

}  // namespace fraud
