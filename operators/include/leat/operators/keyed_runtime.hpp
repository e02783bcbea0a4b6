#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <leat/core/hash.hpp>
#include <leat/core/stream_operator.hpp>
#include <leat/operators/output.hpp>
#include <leat/operators/side_outputs.hpp>
#include <leat/state/keyed_table.hpp>
#include <leat/state/state_owner.hpp>
#include <leat/timers/key_timers_codec.hpp>
#include <leat/timers/timer_queue.hpp>

namespace leat {

/// Whether a keyed function uses timers; one that does not saves their place in every slot.
enum class timer_use : bool { none, some };

/// State, timers and the current key of one keyed subtask: what every keyed operator stands on.
///
/// Timers: unique per (key, scope, time, domain); an event-time timer fires when its time ≤ watermark, a
/// processing-time timer when its time ≤ clock, in time order, equal times in the order they were set; a timer is
/// removed before its callback, so the callback may set it again. A timer set for the past fires with the next advance.
/// Threading: one subtask.   Source: Flink, InternalTimerServiceImpl; the order of equal times is our own rule.
template <class K>
class keyed_runtime {
 public:
  keyed_runtime(state_owner& owner, timer_use timers) : binding_(owner) {
    if (timers == timer_use::none) return;
    static const state_operations operations{
        .construct = [](void* at) { new (at) key_timers{}; },
        .destroy = [](void* at) { static_cast<key_timers*>(at)->~key_timers(); },
        .relocate = nullptr,
        .write = [](encoder& e, const void* at) { codec<key_timers>::write(e, *static_cast<const key_timers*>(at)); },
        .read = [](decoder& d, void* at,
                   const schema& s) { codec<key_timers>::read(d, *static_cast<key_timers*>(at), s); }};
    timer_column_ = binding_.layout().add(
        {"timers", "timers", 0, sizeof(key_timers), &operations, codec<key_timers>::schema_of()}, alignof(key_timers));
    timer_offset_ = binding_.layout().columns()[*timer_column_].offset;
  }

  void open(const operator_context& context, std::span<output_port* const> outputs) {
    uid_ = context.uid;
    groups_ = context.groups;
    clock_ = context.time;
    sides_.open(context.side_outputs, outputs, context.batch_records_max);
    table_.emplace(std::move(binding_.layout()), context.max_parallelism);
    binding_.bind(*table_);
  }

  [[nodiscard]] keyed_table& table() { return *table_; }
  [[nodiscard]] side_outputs& sides() { return sides_; }

  /// Makes a key current; `time` is the event time of what is processed.
  void select(slot_header* slot, std::int64_t time) {
    binding_.select(slot);
    time_ = time;
  }
  void deselect() { binding_.select(nullptr); }

  [[nodiscard]] const K& key() const { return keyed_table::key_of<K>(binding_.selected()); }
  [[nodiscard]] std::int64_t time() const { return time_; }
  [[nodiscard]] watermark current_watermark() const { return watermark_; }
  /// The clock, never stepping back.
  [[nodiscard]] processing_time now() const { return std::max(fired_until_, clock_->now()); }

  void register_timer(const timer& t) {
    LEAT_ASSERT(timer_column_, "this operator was built without timers");
    slot_header* const s = binding_.selected();
    if (keyed_table::has(s, *timer_column_) && timers_of(s).contains(t)) return;
    table_->touch(s);
    if (!keyed_table::has(s, *timer_column_)) table_->create(s, *timer_column_);
    timers_of(s).insert(t);
    ++live_;
    enqueue(s, t);
  }

  void delete_timer(const timer& t) {
    LEAT_ASSERT(timer_column_, "this operator was built without timers");
    slot_header* const s = binding_.selected();
    if (!keyed_table::has(s, *timer_column_) || !timers_of(s).contains(t)) return;
    take_away(s, t);
    drop_deleted_if_many();
  }

  /// Fires due event-time timers: `fire(const timer&)` with their key current. False if the budget ran out.
  template <class Fire>
  bool advance_watermark(watermark w, std::size_t budget, Fire&& fire) {
    watermark_ = std::max(watermark_, w);
    return fire_due(events_, time_domain::event, watermark_.at.ms(), budget, fire);
  }

  template <class Fire>
  bool advance_processing_time(processing_time now, std::size_t budget, Fire&& fire) {
    fired_until_ = std::max(fired_until_, now);
    return fire_due(processings_, time_domain::processing, fired_until_.ms(), budget, fire);
  }

  [[nodiscard]] std::optional<processing_time> next_processing_time() const {
    const auto at = processings_.earliest();
    return at ? std::optional{processing_time{*at}} : std::nullopt;
  }

  [[nodiscard]] operator_schema stored() const {
    const state_layout& layout = table_->layout();
    operator_schema s{uid_, layout.key().type, {}};
    for (const auto& c : layout.columns()) s.states.push_back({c.name, c.shape, c.type});
    return s;
  }

  result<void> restore(std::string_view bytes, const operator_schema& schema) {
    return table_->template restore<K>(bytes, schema, groups_, [](slot_header*) {});
  }

  /// Queues the timers that were restored.
  void restored() {
    if (!timer_column_) return;
    table_->for_each([this](slot_header* s) {
      if (!keyed_table::has(s, *timer_column_)) return;
      timers_of(s).for_each([&](const timer& t) {
        ++live_;
        enqueue(s, t);
      });
    });
  }

  [[nodiscard]] operator_gauges gauges() const {
    operator_gauges g;
    g.state_keys = table_->keys();
    g.state_bytes = table_->bytes();
    g.timers = live_;
    return g;
  }

 private:
  using queue = timer_queue<K>;

  [[nodiscard]] key_timers& timers_of(slot_header* s) const {
    return *reinterpret_cast<key_timers*>(reinterpret_cast<std::byte*>(s) + timer_offset_);
  }
  [[nodiscard]] queue& queue_of(time_domain d) { return d == time_domain::event ? events_ : processings_; }

  void enqueue(const slot_header* s, const timer& t) {
    queue_of(t.domain).push({t.at_ms, t.scope, s->hash, keyed_table::key_of<K>(s)});
  }

  void take_away(slot_header* s, const timer& t) {
    table_->touch(s);
    timers_of(s).erase(t);
    if (timers_of(s).empty()) table_->destroy(s, *timer_column_);
    --live_;
  }

  /// Deleted timers stay queued until due; where they come to outnumber the live ones they are swept out.
  void drop_deleted_if_many() {
    constexpr std::size_t few = 4096;
    if (events_.size() + processings_.size() < 2 * live_ + few) return;
    const auto sweep = [this](queue& q, time_domain domain) {
      q.sweep([&](const queued_timer<K>& t) {
        slot_header* s = table_->find(t.hash, t.key);
        return s != nullptr && keyed_table::has(s, *timer_column_) && timers_of(s).contains({domain, t.at_ms, t.scope});
      });
    };
    sweep(events_, time_domain::event);
    sweep(processings_, time_domain::processing);
  }

  template <class Fire>
  bool fire_due(queue& q, time_domain domain, std::int64_t limit, std::size_t budget, Fire&& fire) {
    constexpr std::size_t at_once = 64;
    for (std::size_t fired = 0; fired < budget; fired += due_.size()) {
      due_.clear();
      if (!q.take(limit, std::min(at_once, budget - fired), due_)) return true;
      for (const auto& t : due_) table_->prefetch(table_->home(t.hash));
      for (const auto& d : due_) {
        const timer t{domain, d.at_ms, d.scope};
        slot_header* const s = table_->find(d.hash, d.key);
        if (s == nullptr || !keyed_table::has(s, *timer_column_) || !timers_of(s).contains(t)) continue;
        take_away(s, t);
        binding_.select(s);
        time_ = domain == time_domain::event ? d.at_ms : no_event_time;
        fire(t);
      }
    }
    return q.empty() || !due_now(q, limit);
  }

  [[nodiscard]] static bool due_now(const queue& q, std::int64_t limit) {
    const auto at = q.earliest();
    return at && *at <= limit;
  }

  state_binding binding_;
  std::optional<keyed_table> table_;
  std::optional<std::uint32_t> timer_column_;
  std::size_t timer_offset_ = 0;
  queue events_;
  queue processings_;
  std::vector<queued_timer<K>> due_;
  std::uint64_t live_ = 0;
  std::int64_t time_ = no_event_time;
  watermark watermark_ = watermark::none();
  processing_time fired_until_ = processing_time::min();
  const clock* clock_ = nullptr;
  key_group_range groups_;
  side_outputs sides_;
  std::string uid_;
};

}  // namespace leat
