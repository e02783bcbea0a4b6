#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <leat/core/hash.hpp>
#include <leat/core/key_group.hpp>
#include <leat/core/result.hpp>
#include <leat/core/snapshot.hpp>
#include <leat/state/slab_arena.hpp>
#include <leat/state/state_layout.hpp>

namespace leat {

/// The first bytes of a slot.
struct alignas(8) slot_header {
  std::uint32_t hash;
  /// Bits 0-1: in which of two alternating epochs the slot was changed last, 0 if that is in a checkpoint.
  /// Bit 2: a key stands here. Bits 3 and up: which states have a value.
  std::uint32_t bits;

  static constexpr std::uint32_t epoch_bits = 3;
  static constexpr std::uint32_t used = 4;
  static constexpr std::uint32_t first_state = 8;
  static constexpr std::uint32_t states = ~std::uint32_t{7};
};

/// All keyed state of one subtask: an open-addressing table of slots. A slot holds a key and the states declared in
/// the layout side by side; `find_or_insert` is the one lookup per record, and `prefetch` run over a batch ahead of it
/// hides the memory's latency.
///
/// The table is cut by hash into 64 segments that grow on their own, so that growth never moves everything at once.
///
/// Snapshots: every first change of a slot since the last snapshot goes through `touch`, which marks it.
/// begin_capture turns the epoch; drain then writes the slots marked in the epoch before, a few at a time, while
/// changes go on: a slot that changes before it was written is written first, as it was.
///
/// Expiry: values of states with a TTL expire by now(), which is told. What nobody reads is dropped by sweep, and while
/// a snapshot is drained, so that it holds nothing that had expired by then.
///
/// Threading: one subtask.
/// Slots stay where they are until the next find_or_insert.
class keyed_table {
 public:
  keyed_table(state_layout layout, std::uint32_t max_parallelism);
  ~keyed_table();
  keyed_table(const keyed_table&) = delete;
  keyed_table& operator=(const keyed_table&) = delete;

  [[nodiscard]] const state_layout& layout() const { return layout_; }

  /// Where the search for a key of this hash begins. Stays right until generation() changes.
  [[nodiscard]] slot_header* home(std::uint32_t hash) const {
    const place& p = places_[hash >> 26];
    return reinterpret_cast<slot_header*>(p.slots + ((hash << 6) >> p.shift) * stride_);
  }
  /// Asks the processor for a slot that will be needed soon.
  void prefetch(const slot_header* s) const {
    asm volatile("" : : "r"(s));  // GCC takes what only prefetches for a function without effect and drops calls to it
    __builtin_prefetch(s, 1);
    if (straddles_) __builtin_prefetch(reinterpret_cast<const std::byte*>(s) + stride_ - 1, 1);
  }
  /// Changes whenever slots have moved.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

  /// The slot of a key; null if it has none.
  template <class K>
  [[nodiscard]] slot_header* find(std::uint32_t hash, const K& key) {
    for (slot_header* s = home(hash);; s = after(s)) {
      if ((s->bits & slot_header::used) == 0) return nullptr;
      if (matches(s, hash, key)) return s;
    }
  }

  /// The slot of a key, made without any state if there is none.
  template <class K>
  [[nodiscard]] slot_header* find_or_insert(std::uint32_t hash, const K& key) {
    return find_or_insert(home(hash), hash, key);
  }
  /// The same, from `s` = home(hash) computed earlier.
  template <class K>
  [[nodiscard]] slot_header* find_or_insert(slot_header* s, std::uint32_t hash, const K& key) {
    for (;; s = after(s)) {
      if (matches(s, hash, key)) [[likely]]
        return s;
      if ((s->bits & slot_header::used) == 0) return insert(hash, key);
    }
  }

  template <class K>
  [[nodiscard]] static const K& key_of(const slot_header* s) {
    return *reinterpret_cast<const K*>(s + 1);
  }

  /// Whether a slot has been changed in this epoch already and has all states in `present` (bits as in the header): then
  /// it can be changed without further ado.
  [[nodiscard]] bool ready(const slot_header* s, std::uint32_t present) const {
    return (s->bits & (slot_header::epoch_bits | present)) == (epoch_ | present);
  }
  /// Must be called before a slot's states change. Costs a comparison unless it is the first change of this epoch.
  void touch(slot_header* s) {
    if ((s->bits & slot_header::epoch_bits) != epoch_) [[unlikely]]
      touch_first(s);
  }

  /// The first slot of this hash for which `is_it(slot)`; null if there is none.
  template <class Predicate>
  [[nodiscard]] slot_header* find_if(std::uint32_t hash, Predicate&& is_it) {
    for (slot_header* s = home(hash); (s->bits & slot_header::used) != 0; s = after(s))
      if (s->hash == hash && is_it(s)) return s;
    return nullptr;
  }

  /// Whether a state has a value.
  [[nodiscard]] static bool has(const slot_header* s, std::uint32_t column) {
    return (s->bits & slot_header::first_state << column) != 0;
  }
  /// Gives a state its default value. Requires: touched, no value yet.
  void* create(slot_header* s, std::uint32_t column);
  /// Takes a state's value away. Requires: touched, has a value.
  void destroy(slot_header* s, std::uint32_t column);
  /// Notes that a state has a value now, and where. Requires: touched, no value yet; the caller constructs it there.
  void* add(slot_header* s, std::uint32_t column, std::size_t offset) {
    if ((s->bits & slot_header::states) == 0) ++keys_;
    s->bits |= slot_header::first_state << column;
    return reinterpret_cast<std::byte*>(s) + offset;
  }
  /// Notes that a state's value, which the caller has destroyed, is gone. Requires: touched, had a value.
  void remove(slot_header* s, std::uint32_t column) {
    s->bits &= ~(slot_header::first_state << column);
    if ((s->bits & slot_header::states) == 0) --keys_;
  }

  /// The time by which values expire, see state_ttl. Stands still until set_now.
  [[nodiscard]] processing_time now() const { return now_; }
  /// Whether any state has a TTL.
  [[nodiscard]] bool expires() const { return expires_; }
  void set_now(processing_time t) { now_ = t; }
  /// Drops expired values of states with background cleanup from some slots: from as many that, however seldom it is
  /// called, it has seen all of them once now() has gone on by a quarter of the shortest TTL; at most
  /// sweep_slots_max each time. Requires: expires(); no state is being used.
  void sweep();
  /// About 0.1 ms of work.
  static constexpr std::size_t sweep_slots_max = 32768;

  /// Number of keys with any state.
  [[nodiscard]] std::uint64_t keys() const { return keys_; }
  [[nodiscard]] std::uint64_t bytes() const { return arena_.bytes(); }

  /// Starts to write a snapshot as of now into `to`, which stays valid until drain returned true or abandon_capture.
  /// Requires: no capture under way.
  void begin_capture(snapshot_kind kind, snapshot_sink& to);
  /// Looks at about `budget` slots; true when everything has been handed over.
  [[nodiscard]] bool drain(std::size_t budget);
  void abandon_capture();

  /// Reads a keyed chunk written by any subtask; keys outside `groups` are passed over. Later records replace earlier
  /// ones. Columns are matched by name with `stored`. A state that was stored without TTL and has one now lives from
  /// now() on.
  template <class K>
  result<void> restore(std::string_view chunk, const operator_schema& stored, key_group_range groups) {
    return restore(chunk, stored, groups, &read_key<K>);
  }
  /// The same, with `read_key<K>` handed in by somebody who knows the key's type.
  using key_reader = slot_header* (*)(keyed_table& table, decoder& d, const schema& stored, key_group_range groups);
  result<void> restore(std::string_view chunk, const operator_schema& stored, key_group_range groups, key_reader read);

  /// Reads a key and returns its slot; null if its key group is not among `groups` or the decoder has failed.
  template <class K>
  static slot_header* read_key(keyed_table& table, decoder& d, const schema& stored, key_group_range groups) {
    K key{};
    codec<K>::read(d, key, stored);
    const std::uint32_t hash = key_hash<K>{}(key);
    if (d.failed() || !groups.contains(key_group_of(hash, table.max_parallelism_))) return nullptr;
    return table.find_or_insert(hash, key);
  }

  template <class Visitor>
  void for_each(Visitor&& visit) {
    for (std::size_t g = 0; g < segment_count; ++g)
      for (std::size_t i = 0; i < segments_[g].slots; ++i)
        if (slot_header* s = slot_at(g, i); (s->bits & slot_header::states) != 0) visit(s);
  }

 private:
  static constexpr std::size_t segment_count = 64;
  static constexpr std::size_t block_bytes = 2048;

  /// What a search needs of a segment.
  struct place {
    std::byte* slots = nullptr;
    std::uint32_t shift = 0;  ///< of (hash << 6), to get the home position
  };
  /// The rest. A search runs from the home position upwards and does not wrap: behind the last home position there are
  /// spare slots, the last of which is never used.
  struct segment {
    std::size_t capacity = 0;  ///< home positions
    std::size_t slots = 0;     ///< with the spare ones
    std::size_t in_use = 0;
    bool drained = true;
    std::vector<std::uint8_t> changed;  ///< per block of slots: bit e-1 set if one was changed in epoch e
  };

  [[nodiscard]] slot_header* after(slot_header* s) const {
    return reinterpret_cast<slot_header*>(reinterpret_cast<std::byte*>(s) + stride_);
  }
  [[nodiscard]] slot_header* slot_at(std::size_t segment_index, std::size_t i) const {
    return reinterpret_cast<slot_header*>(places_[segment_index].slots + i * stride_);
  }

  template <class K>
  static bool matches(const slot_header* s, std::uint32_t hash, const K& key) {
    if constexpr (std::is_scalar_v<K>)
      return key_of<K>(s) == key && (s->bits & slot_header::used) != 0;
    else
      return s->hash == hash && (s->bits & slot_header::used) != 0 && key_of<K>(s) == key;
  }

  template <class K>
  [[gnu::noinline]] slot_header* insert(std::uint32_t hash, const K& key) {
    slot_header* s = claim(hash);
    new (s + 1) K(key);
    return s;
  }

  /// A free slot for a hash that is not in the table, marked used; grows the segment if it is full.
  slot_header* claim(std::uint32_t hash);
  /// A free slot for a hash without growing; null if the spare slots are full.
  [[nodiscard]] slot_header* free_slot(std::uint32_t hash) const;
  void grow(std::size_t segment_index);
  void allocate(std::size_t segment_index, std::size_t capacity, std::size_t slots);
  void move_slot(slot_header* from);
  void destroy_slot(slot_header* s);
  [[gnu::noinline]] void touch_first(slot_header* s);
  void mark_block(const slot_header* s);
  [[nodiscard]] bool awaits_capture(const slot_header* s) const;
  void capture(slot_header* s);
  std::size_t drain_block(std::size_t segment_index, std::size_t block);
  void drain_segment(std::size_t segment_index);

  /// Prepares the reading of a chunk: which stored column goes where.
  struct column_match {
    std::optional<std::uint32_t> column;
    const schema* stored;
    bool adopts = false;  ///< it was stored without TTL
  };
  result<std::vector<column_match>> match_columns(const operator_schema& stored) const;
  void restore_states(decoder& d, slot_header* s, const std::vector<column_match>& match);
  void clear_states(slot_header* s);

  void find_expiring_columns();
  void sweep_next();
  void sweep_slot(slot_header* s);
  /// Drops what has expired without marking the slot: only in front of its capture, or touched.
  void drop_expired(slot_header* s);
  void drop_expired(slot_header* s, std::uint32_t column);

  state_layout layout_;
  std::size_t stride_;
  bool straddles_;  ///< some slots lie on two cache lines
  std::uint32_t max_parallelism_;
  slab_arena arena_;
  std::array<place, segment_count> places_;
  std::array<segment, segment_count> segments_;
  std::uint64_t generation_ = 0;
  std::uint64_t keys_ = 0;

  std::uint32_t epoch_ = 1;  ///< 1 or 2, alternating
  std::optional<chunk_builder> capture_;
  snapshot_kind capture_kind_ = snapshot_kind::changes;
  std::size_t cursor_segment_ = 0;
  std::size_t cursor_block_ = 0;

  bool expires_ = false;
  std::vector<std::uint32_t> swept_columns_;  ///< those with background cleanup
  duration sweep_interval_{0};                ///< in which all slots are swept
  processing_time now_{0};
  processing_time swept_until_ = processing_time::min();
  std::size_t sweep_segment_ = 0;
  std::size_t sweep_slot_ = 0;
};

}  // namespace leat
