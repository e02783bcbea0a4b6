#include <leat/operators/keyed_runtime.hpp>

#include <array>

namespace leat {

namespace {

const state_operations timer_operations{
    .construct = [](void* at) { new (at) key_timers{}; },
    .destroy = [](void* at) { static_cast<key_timers*>(at)->~key_timers(); },
    .relocate = nullptr,
    .write = [](encoder& e, const void* at) { codec<key_timers>::write(e, *static_cast<const key_timers*>(at)); },
    .read = [](decoder& d, void* at,
               const schema& s) { codec<key_timers>::read(d, *static_cast<key_timers*>(at), s); }};

}  // namespace

keyed_runtime::keyed_runtime(state_owner& owner, timer_use timers) : binding_(owner), timers_(timers) {
  if (timers == timer_use::none) return;
  timer_column_ = binding_.layout().add(
      {"timers", "timers", 0, sizeof(key_timers), &timer_operations, codec<key_timers>::schema_of()},
      alignof(key_timers));
  timer_offset_ = binding_.layout().columns()[timer_column_].offset;
}

void keyed_runtime::open(const operator_context& context, std::span<output_port* const> outputs) {
  uid_ = context.uid;
  groups_ = context.groups;
  clock_ = context.time;
  sides_.open(context.side_outputs, outputs, context.batch_records_max);
  table_.emplace(std::move(binding_.layout()), context.max_parallelism);
  binding_.bind(*table_);
  begin();
}

void keyed_runtime::add_timer(slot_header* s, const timer& t) {
  table_->touch(s);
  if (!keyed_table::has(s, timer_column_)) new (table_->add(s, timer_column_, timer_offset_)) key_timers{};
  timers_of(s).insert(t);
  ++live_;
  queue_of(t.domain).push({t.at_ms, s->hash});
}

void keyed_runtime::delete_timer(const timer& t) {
  LEAT_ASSERT(timers_ == timer_use::some, "this operator was built without timers");
  slot_header* const s = binding_.selected();
  if (!keyed_table::has(s, timer_column_) || !timers_of(s).contains(t)) return;
  take_away(s, t);
  if (!firing_) drop_deleted_if_many();
}

void keyed_runtime::take_away(slot_header* s, const timer& t) {
  table_->touch(s);
  timers_of(s).erase(t);
  if (timers_of(s).empty()) table_->remove(s, timer_column_);
  --live_;
}

/// The slot with a timer of just this time. Where keys have equal hashes and timers of equal times, each of their
/// entries in the queue finds another one.
slot_header* keyed_runtime::find_due(const queued_timer& t, time_domain domain) {
  return table_->find_if(t.hash, [&](slot_header* s) {
    return keyed_table::has(s, timer_column_) && timers_of(s).first_at(domain, t.at_ms).has_value();
  });
}

/// Deleted timers stay queued until due; where they come to outnumber the live ones they are swept out.
void keyed_runtime::drop_deleted_if_many() {
  constexpr std::size_t few = 4096;
  if (events_.size() + processings_.size() < 2 * live_ + few) return;
  for (const auto domain : {time_domain::event, time_domain::processing})
    queue_of(domain).sweep([&](const queued_timer& t) { return find_due(t, domain) != nullptr; });
}

bool keyed_runtime::advance_watermark(watermark w, std::size_t budget, timer_target& target) {
  watermark_ = std::max(watermark_, w);
  return fire_due(time_domain::event, watermark_.at.ms(), budget, target);
}

bool keyed_runtime::advance_processing_time(processing_time now, std::size_t budget, timer_target& target) {
  fired_until_ = std::max(fired_until_, now);
  return fire_due(time_domain::processing, fired_until_.ms(), budget, target);
}

bool keyed_runtime::fire_due(time_domain domain, std::int64_t limit, std::size_t budget, timer_target& target) {
  constexpr std::size_t ahead = 32;  // timers whose slots are on their way from memory
  begin();
  timer_queue& q = queue_of(domain);
  std::array<std::uint32_t, ahead> hashes;
  std::size_t count = 0;
  std::int64_t row = no_event_time;
  std::size_t in_row = 0;
  const auto prefetch = [&](std::size_t i) { table_->prefetch(table_->home(hashes[i])); };
  firing_ = true;
  const queued_timer* next = nullptr;
  for (std::size_t fired = 0; (next = q.front(limit)) != nullptr && fired < budget; ++fired) {
    const queued_timer due = *next;
    if (due.at_ms != row) {
      row = due.at_ms;
      in_row = 0;
      count = q.upcoming(0, hashes);
      for (std::size_t i = 0; i < count; ++i) prefetch(i);
    }
    if (in_row % ahead == 0) count = q.upcoming(ahead, hashes);
    if (in_row % ahead < count) prefetch(in_row % ahead);
    ++in_row;
    q.pop();
    slot_header* const s = find_due(due, domain);
    if (s == nullptr) continue;  // deleted meanwhile
    const timer t = *timers_of(s).first_at(domain, due.at_ms);
    take_away(s, t);
    select(s, domain == time_domain::event ? due.at_ms : no_event_time);
    target.fire(t);
  }
  firing_ = false;
  drop_deleted_if_many();
  return next == nullptr;
}

std::int64_t keyed_runtime::first_timer_ms(time_domain domain) const {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  slot_header* const s = binding_.selected();
  if (keyed_table::has(s, timer_column_))
    timers_of(s).for_each([&](const timer& t) {
      if (t.domain == domain) first = std::min(first, t.at_ms);
    });
  return first;
}

std::optional<processing_time> keyed_runtime::next_processing_time() const {
  const auto at = processings_.earliest();
  return at ? std::optional{processing_time{*at}} : std::nullopt;
}

operator_schema keyed_runtime::stored() const {
  const state_layout& layout = table_->layout();
  operator_schema s{uid_, layout.key().type, {}};
  for (const auto& c : layout.columns()) s.states.push_back({c.name, c.shape, c.type});
  return s;
}

result<void> keyed_runtime::restore(std::string_view bytes, const operator_schema& schema,
                                    keyed_table::key_reader read) {
  return table_->restore(bytes, schema, groups_, read);
}

void keyed_runtime::restored() {
  if (timers_ == timer_use::none) return;
  table_->for_each([this](slot_header* s) {
    if (!keyed_table::has(s, timer_column_)) return;
    timers_of(s).for_each([&](const timer& t) {
      ++live_;
      queue_of(t.domain).push({t.at_ms, s->hash});
    });
  });
}

operator_gauges keyed_runtime::gauges() const {
  operator_gauges g;
  g.state_keys = table_->keys();
  g.state_bytes = table_->bytes();
  g.timers = live_;
  return g;
}

}  // namespace leat
