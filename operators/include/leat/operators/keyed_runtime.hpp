#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <leat/core/assert.hpp>
#include <leat/core/stream_operator.hpp>
#include <leat/operators/side_outputs.hpp>
#include <leat/state/keyed_table.hpp>
#include <leat/state/state_owner.hpp>
#include <leat/timers/key_timers.hpp>
#include <leat/timers/timer_queue.hpp>

namespace leat {

/// Whether a keyed function uses timers; one that does not saves their place in every slot.
enum class timer_use : bool { none, some };

/// Is called for each timer that fires, with its key current.
class timer_target {
 public:
  virtual void fire(const timer& t) = 0;

 protected:
  ~timer_target() = default;
};

/// State, timers and the current key of one keyed subtask: what every keyed operator stands on.
///
/// Timers: unique per (key, scope, time, domain); an event-time timer fires when its time ≤ watermark, a
/// processing-time timer when its time ≤ clock, in time order; where times are equal, the key goes first whose timer was
/// set first, and a key's own go in order of scope. A timer is removed before its callback, so the callback may set it
/// again. A timer set for the past fires next.
/// Threading: one subtask.   Source: Flink, InternalTimerServiceImpl; the order of equal times is our own rule.
class keyed_runtime {
 public:
  keyed_runtime(state_owner& owner, timer_use timers);

  void open(const operator_context& context, std::span<output_port* const> outputs);

  [[nodiscard]] keyed_table& table() { return *table_; }
  [[nodiscard]] side_outputs& sides() { return sides_; }
  [[nodiscard]] const std::string& uid() const { return uid_; }

  /// Begins a batch or a round of firing: states expire by the clock as of now.
  void begin() {
    if (table_->expires()) [[unlikely]]
      table_->set_now(now());
  }
  /// Ends it: no key is current; states that have expired are cleaned up.
  void end() {
    deselect();
    if (table_->expires()) [[unlikely]]
      table_->sweep();
  }

  /// Makes a key current; `time` is the event time of what is processed.
  void select(slot_header* slot, std::int64_t time) {
    binding_.select(slot);
    time_ = time;
  }
  void deselect() { binding_.select(nullptr); }

  /// The current key. Requires: K is the key type that the state_owner was made with.
  template <class K>
  [[nodiscard]] const K& key() const {
    return keyed_table::key_of<K>(binding_.selected());
  }
  [[nodiscard]] std::int64_t time() const { return time_; }
  [[nodiscard]] watermark current_watermark() const { return watermark_; }
  /// The clock, never stepping back.
  [[nodiscard]] processing_time now() const { return std::max(fired_until_, clock_->now()); }

  void register_timer(const timer& t) {
    LEAT_ASSERT(timers_ == timer_use::some, "this operator was built without timers");
    slot_header* const s = binding_.selected();
    if (keyed_table::has(s, timer_column_) && timers_of(s).contains(t)) return;
    add_timer(s, t);
  }
  void delete_timer(const timer& t);
  /// The earliest timer of the current key in a domain; the largest time if there is none.
  [[nodiscard]] std::int64_t first_timer_ms(time_domain domain) const;

  /// Fires due event-time timers, at most `budget`; false if more are due.
  bool advance_watermark(watermark w, std::size_t budget, timer_target& target);
  /// Fires due processing-time timers, at most `budget`; false if more are due.
  bool advance_processing_time(processing_time now, std::size_t budget, timer_target& target);
  [[nodiscard]] std::optional<processing_time> next_processing_time() const;

  [[nodiscard]] operator_schema stored() const;
  result<void> restore(std::string_view bytes, const operator_schema& schema, keyed_table::key_reader read);
  /// Queues the timers that were restored.
  void restored();

  [[nodiscard]] operator_gauges gauges() const;

 private:
  [[nodiscard]] key_timers& timers_of(slot_header* s) const {
    return *reinterpret_cast<key_timers*>(reinterpret_cast<std::byte*>(s) + timer_offset_);
  }
  [[nodiscard]] timer_queue& queue_of(time_domain d) { return d == time_domain::event ? events_ : processings_; }
  [[nodiscard]] slot_header* find_due(const queued_timer& t, time_domain domain);

  void add_timer(slot_header* s, const timer& t);
  void take_away(slot_header* s, const timer& t);
  void drop_deleted_if_many();
  bool fire_due(time_domain domain, std::int64_t limit, std::size_t budget, timer_target& target);

  state_binding binding_;
  std::optional<keyed_table> table_;
  timer_use timers_;
  std::uint32_t timer_column_ = 0;
  std::size_t timer_offset_ = 0;
  timer_queue events_;
  timer_queue processings_;
  std::uint64_t live_ = 0;
  bool firing_ = false;
  std::int64_t time_ = no_event_time;
  watermark watermark_ = watermark::none();
  processing_time fired_until_ = processing_time::min();
  const clock* clock_ = nullptr;
  key_group_range groups_;
  side_outputs sides_;
  std::string uid_;
};

}  // namespace leat
