#include <leat/state/keyed_table.hpp>

#include <leat/core/assert.hpp>

#include <algorithm>
#include <cstring>

namespace leat {
namespace {

constexpr std::size_t smallest_segment = 8;
constexpr std::size_t spare_slots = 16;
constexpr std::size_t small_segment = 16384;

/// A small segment is at most a quarter full, so that nearly every search ends at its first slot; a large one at most
/// half, because memory counts there.
bool too_full(std::size_t in_use, std::size_t capacity) {
  return in_use * (capacity <= small_segment ? 4 : 2) > capacity;
}

std::uint32_t shift_for(std::size_t capacity) { return 32 - static_cast<std::uint32_t>(std::countr_zero(capacity)); }

}  // namespace

keyed_table::keyed_table(state_layout layout, std::uint32_t max_parallelism)
    : layout_(std::move(layout)),
      stride_(layout_.stride()),
      straddles_(!std::has_single_bit(stride_)),
      max_parallelism_(max_parallelism) {
  find_expiring_columns();
  for (std::size_t g = 0; g < segment_count; ++g) allocate(g, smallest_segment, smallest_segment + spare_slots);
}

keyed_table::~keyed_table() {
  for (std::size_t g = 0; g < segment_count; ++g) {
    for (std::size_t i = 0; i < segments_[g].slots; ++i)
      if (slot_header* s = slot_at(g, i); s->bits & slot_header::used) destroy_slot(s);
    arena_.release(places_[g].slots, segments_[g].slots * stride_);
  }
}

void keyed_table::allocate(std::size_t segment_index, std::size_t capacity, std::size_t slots) {
  segment& g = segments_[segment_index];
  g.capacity = capacity;
  g.slots = slots;
  g.in_use = 0;
  g.changed.assign((g.slots * stride_ + block_bytes - 1) / block_bytes, 0);
  places_[segment_index] = {arena_.allocate(g.slots * stride_), shift_for(capacity)};
  ++generation_;
}

void keyed_table::destroy_slot(slot_header* s) {
  auto* base = reinterpret_cast<std::byte*>(s);
  const auto& columns = layout_.columns();
  for (std::uint32_t c = 0; c < columns.size(); ++c)
    if (has(s, c) && columns[c].operations->destroy) columns[c].operations->destroy(base + columns[c].offset);
  if (layout_.key().operations->destroy) layout_.key().operations->destroy(base + layout_.key().offset);
}

slot_header* keyed_table::free_slot(std::uint32_t hash) const {
  const segment& g = segments_[hash >> 26];
  const slot_header* const last = slot_at(hash >> 26, g.slots - 1);
  slot_header* s = home(hash);
  while (s->bits & slot_header::used) s = after(s);
  return s == last ? nullptr : s;
}

slot_header* keyed_table::claim(std::uint32_t hash) {
  const std::size_t index = hash >> 26;
  segment& g = segments_[index];
  if (too_full(g.in_use + 1, g.capacity)) grow(index);
  slot_header* s = free_slot(hash);
  while (s == nullptr) {
    grow(index);
    s = free_slot(hash);
  }
  ++g.in_use;
  s->hash = hash;
  s->bits = slot_header::used;
  return s;
}

/// Doubles a segment; or, where more than half of it are keys without state of which no checkpoint still has to hear,
/// leaves those behind. (Not fewer: a caller may have just inserted a batch of keys that have no state yet, and finds
/// them again afterwards.)
void keyed_table::grow(std::size_t segment_index) {
  segment& g = segments_[segment_index];
  if (capture_ && !g.drained) drain_segment(segment_index);
  std::byte* const old = places_[segment_index].slots;
  const std::size_t old_slots = g.slots;
  const auto each = [&](auto&& visit) {
    for (std::size_t i = 0; i < old_slots; ++i) {
      auto* s = reinterpret_cast<slot_header*>(old + i * stride_);
      if (s->bits & slot_header::used) visit(s);
    }
  };
  const auto has_something = [](const slot_header* s) {
    return (s->bits & (slot_header::states | slot_header::epoch_bits)) != 0;
  };
  std::size_t full = 0;
  each([&](const slot_header* s) { full += has_something(s) ? 1 : 0; });
  const bool shed = g.in_use >= 128 && full * 2 < g.in_use;
  const auto worth_keeping = [&](const slot_header* s) { return !shed || has_something(s); };
  const std::size_t kept = shed ? full : g.in_use;
  const std::size_t capacity = shed ? g.capacity : 2 * g.capacity;
  // Where the last slot will come to lie decides how many spare ones there must be.
  const std::uint32_t shift = shift_for(capacity);
  std::vector<bool> taken(capacity + kept + spare_slots);
  std::size_t end = capacity;
  each([&](const slot_header* s) {
    if (!worth_keeping(s)) return;
    std::size_t at = (s->hash << 6) >> shift;
    while (taken[at]) ++at;
    taken[at] = true;
    end = std::max(end, at + 1);
  });
  allocate(segment_index, capacity, end + spare_slots);
  each([&](slot_header* s) { worth_keeping(s) ? move_slot(s) : destroy_slot(s); });
  arena_.release(old, old_slots * stride_);
}

void keyed_table::move_slot(slot_header* from) {
  slot_header* const s = free_slot(from->hash);
  LEAT_ASSERT(s != nullptr, "the new segment was measured to have room");
  ++segments_[from->hash >> 26].in_use;
  std::memcpy(static_cast<void*>(s), from, stride_);
  auto* const source = reinterpret_cast<std::byte*>(from);
  auto* const target = reinterpret_cast<std::byte*>(s);
  const auto relocate = [&](const state_column& c) {
    if (c.operations->relocate) c.operations->relocate(source + c.offset, target + c.offset);
  };
  relocate(layout_.key());
  const auto& columns = layout_.columns();
  for (std::uint32_t c = 0; c < columns.size(); ++c)
    if (has(from, c)) relocate(columns[c]);
  if (s->bits & slot_header::epoch_bits) mark_block(s);
}

void keyed_table::mark_block(const slot_header* s) {
  const std::size_t index = s->hash >> 26;
  const auto at = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(s) - places_[index].slots);
  segments_[index].changed[at / block_bytes] |= static_cast<std::uint8_t>(s->bits & slot_header::epoch_bits);
}

void keyed_table::touch_first(slot_header* s) {
  if (capture_ && awaits_capture(s)) capture(s);
  s->bits = (s->bits & ~slot_header::epoch_bits) | epoch_;
  mark_block(s);
}

void* keyed_table::create(slot_header* s, std::uint32_t column) {
  const auto& c = layout_.columns()[column];
  void* at = add(s, column, c.offset);
  c.operations->construct(at);
  return at;
}

void keyed_table::destroy(slot_header* s, std::uint32_t column) {
  const auto& c = layout_.columns()[column];
  if (c.operations->destroy) c.operations->destroy(reinterpret_cast<std::byte*>(s) + c.offset);
  remove(s, column);
}

void keyed_table::begin_capture(snapshot_kind kind, snapshot_sink& to) {
  LEAT_ASSERT(!capture_, "the snapshot before is not finished");
  capture_.emplace(to, chunk_kind::keyed);
  capture_kind_ = kind;
  cursor_segment_ = cursor_block_ = 0;
  for (auto& g : segments_) g.drained = false;
  epoch_ = 3 - epoch_;
}

/// Slots marked in the epoch before await capture; in a full snapshot unmarked ones do too, until the cursor has passed
/// them (a captured slot loses its mark).
bool keyed_table::awaits_capture(const slot_header* s) const {
  const std::uint32_t mark = s->bits & slot_header::epoch_bits;
  if (mark == 3 - epoch_) return true;
  if (capture_kind_ == snapshot_kind::changes || mark != 0 || (s->bits & slot_header::states) == 0) return false;
  const std::size_t index = s->hash >> 26;
  const segment& g = segments_[index];
  if (g.drained || index < cursor_segment_) return false;
  const auto at = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(s) - places_[index].slots);
  return index > cursor_segment_ || at / block_bytes >= cursor_block_;
}

void keyed_table::capture(slot_header* s) {
  encoder& e = capture_->begin();
  const auto* base = reinterpret_cast<const std::byte*>(s);
  const auto& columns = layout_.columns();
  e.put_array(3);
  e.put_unsigned(key_group_of(s->hash, max_parallelism_));
  layout_.key().operations->write(e, base + layout_.key().offset);
  const std::uint32_t present = (s->bits & slot_header::states) / slot_header::first_state;
  if (present == 0) {
    e.put_nil();
  } else {
    std::size_t count = 0;
    for (std::uint32_t c = 0; c < columns.size(); ++c) count += has(s, c) ? 1 : 0;
    e.put_array(1 + count);
    e.put_unsigned(present);
    for (std::uint32_t c = 0; c < columns.size(); ++c)
      if (has(s, c)) columns[c].operations->write(e, base + columns[c].offset);
  }
  capture_->end();
  s->bits &= ~slot_header::epoch_bits;
}

std::size_t keyed_table::drain_block(std::size_t segment_index, std::size_t block) {
  segment& g = segments_[segment_index];
  const auto before = static_cast<std::uint8_t>(3 - epoch_);
  if (capture_kind_ == snapshot_kind::changes && (g.changed[block] & before) == 0) return 0;
  g.changed[block] &= static_cast<std::uint8_t>(~before);
  const std::size_t first = (block * block_bytes + stride_ - 1) / stride_;
  const std::size_t last = std::min(((block + 1) * block_bytes + stride_ - 1) / stride_, g.slots);
  for (std::size_t i = first; i < last; ++i)
    if (slot_header* s = slot_at(segment_index, i); (s->bits & slot_header::used) != 0 && awaits_capture(s)) {
      drop_expired(s);
      capture(s);
    }
  return last - first;
}

void keyed_table::drain_segment(std::size_t segment_index) {
  for (std::size_t b = 0; b < segments_[segment_index].changed.size(); ++b) drain_block(segment_index, b);
  segments_[segment_index].drained = true;
}

bool keyed_table::drain(std::size_t budget) {
  if (!capture_) return true;
  constexpr std::size_t looks_per_slot = 64;  // skipping an unchanged block costs about a 64th of writing a slot
  std::size_t spent = 0;
  for (; cursor_segment_ < segment_count; ++cursor_segment_, cursor_block_ = 0) {
    segment& g = segments_[cursor_segment_];
    if (g.drained) continue;
    for (; cursor_block_ < g.changed.size(); ++cursor_block_) {
      if (spent >= budget * looks_per_slot) return false;
      spent += 1 + looks_per_slot * drain_block(cursor_segment_, cursor_block_);
    }
    g.drained = true;
  }
  capture_->flush();
  capture_.reset();
  return true;
}

/// The next snapshot will be full, so marks of the abandoned one mean nothing any more.
void keyed_table::abandon_capture() {
  if (!capture_) return;
  capture_.reset();
  for (std::size_t g = 0; g < segment_count; ++g) {
    segments_[g].drained = true;
    for (std::size_t i = 0; i < segments_[g].slots; ++i)
      if (slot_header* s = slot_at(g, i); (s->bits & slot_header::epoch_bits) == 3 - epoch_)
        s->bits &= ~slot_header::epoch_bits;
  }
}

}  // namespace leat
