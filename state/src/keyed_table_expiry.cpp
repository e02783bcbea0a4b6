#include <leat/state/keyed_table.hpp>

#include <algorithm>

namespace leat {

void keyed_table::find_expiring_columns() {
  const auto& columns = layout_.columns();
  for (std::uint32_t c = 0; c < columns.size(); ++c) {
    if (columns[c].expiry == nullptr) continue;
    expires_ = true;
    if (columns[c].ttl.cleanup != ttl_cleanup::background) continue;
    const duration interval = std::max(duration{1}, columns[c].ttl.ttl / 4);
    sweep_interval_ = swept_columns_.empty() ? interval : std::min(sweep_interval_, interval);
    swept_columns_.push_back(c);
  }
}

void keyed_table::sweep() {
  if (swept_columns_.empty()) return;
  if (swept_until_ == processing_time::min()) swept_until_ = now_;
  std::size_t all = 0;
  for (const auto& g : segments_) all += g.slots;
  // A longer pause than the interval asks for one round over the table, no more.
  swept_until_ = std::max(swept_until_, now_ - sweep_interval_);
  const double slots_per_ms = static_cast<double>(all) / static_cast<double>(sweep_interval_.count());
  const auto due = static_cast<std::size_t>(static_cast<double>((now_ - swept_until_).count()) * slots_per_ms);
  if (due == 0) return;
  const std::size_t count = std::min(due, sweep_slots_max);
  swept_until_ = count == due
                     ? now_
                     : swept_until_ + duration{static_cast<std::int64_t>(static_cast<double>(count) / slots_per_ms)};
  for (std::size_t i = 0; i < count; ++i) sweep_next();
}

void keyed_table::sweep_next() {
  if (sweep_slot_ >= segments_[sweep_segment_].slots) {  // also after it has shrunk
    sweep_segment_ = (sweep_segment_ + 1) % segment_count;
    sweep_slot_ = 0;
  }
  if (slot_header* const s = slot_at(sweep_segment_, sweep_slot_++); (s->bits & slot_header::states) != 0)
    sweep_slot(s);
}

void keyed_table::sweep_slot(slot_header* s) {
  for (const std::uint32_t c : swept_columns_) {
    if (!has(s, c)) continue;
    const auto& column = layout_.columns()[c];
    if (!column.expiry->any_expired(reinterpret_cast<std::byte*>(s) + column.offset, column.ttl, now_)) continue;
    touch(s);
    drop_expired(s, c);
  }
}

void keyed_table::drop_expired(slot_header* s) {
  for (const std::uint32_t c : swept_columns_)
    if (has(s, c)) drop_expired(s, c);
}

void keyed_table::drop_expired(slot_header* s, std::uint32_t c) {
  const auto& column = layout_.columns()[c];
  if (column.expiry->drop_expired(reinterpret_cast<std::byte*>(s) + column.offset, column.ttl, now_)) destroy(s, c);
}

}  // namespace leat
