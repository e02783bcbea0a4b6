#include <leat/timers/timer_queue.hpp>

#include <algorithm>
#include <bit>

namespace leat {

timer_queue::~timer_queue() {
  for (chunk* c : spare_) delete c;
  if (wheel_ == nullptr) return;
  for (auto& l : *wheel_)
    for (auto& r : l.all)
      while (r.head != nullptr) {
        chunk* const next = r.head->next;
        delete r.head;
        r.head = next;
      }
}

void timer_queue::push(queued_timer t) {
  if (wheel_ == nullptr) wheel_ = std::make_unique<wheel>();
  ++size_;
  const std::uint64_t at = ordered(t.at_ms);
  if (at < position_) [[unlikely]]
    overdue_.push({t, sequence_++});
  else
    place(t, at);
}

void timer_queue::pop() {
  --size_;
  if (!overdue_.empty()) {
    overdue_.pop();
    return;
  }
  const std::size_t now = position_ & (rows - 1);
  row& r = (*wheel_)[0].all[now];
  if (++r.head->begin < r.head->end) return;
  chunk* const emptied = r.head;
  r.head = emptied->next;
  if (r.head == nullptr) {
    r.tail = nullptr;
    (*wheel_)[0].unmark(now);
  }
  give_back(emptied);
}

std::size_t timer_queue::upcoming(std::size_t skip, std::span<std::uint32_t> to) const {
  std::size_t count = 0;
  if (wheel_ == nullptr) return count;
  for (const chunk* c = row_now().head; c != nullptr && count < to.size(); c = c->next) {
    for (std::size_t i = c->begin + skip; i < c->end && count < to.size(); ++i) to[count++] = c->timers[i].hash;
    skip -= std::min<std::size_t>(skip, c->end - c->begin);
  }
  return count;
}

std::optional<std::int64_t> timer_queue::earliest() const {
  if (!overdue_.empty()) return overdue_.top().timer.at_ms;
  if (wheel_ == nullptr) return std::nullopt;
  for (std::size_t l = 0; l < levels; ++l)
    if (const auto r = (*wheel_)[l].first()) return unordered(start_of(l, *r));
  return std::nullopt;
}

void timer_queue::sweep(const std::function<bool(const queued_timer&)>& keep) {
  std::vector<queued_timer> kept;
  kept.reserve(size_);
  const auto look_at = [&](const queued_timer& t) {
    if (keep(t)) kept.push_back(t);
  };
  for (; !overdue_.empty(); overdue_.pop()) look_at(overdue_.top().timer);
  if (wheel_ != nullptr)
    for (auto& l : *wheel_)
      for (std::size_t r = 0; r < rows; ++r) {
        drain_row(l.all[r], look_at);
        l.unmark(r);
      }
  size_ = 0;
  for (const auto& t : kept) push(t);
}

std::optional<std::size_t> timer_queue::level::first() const {
  for (std::size_t w = 0; w < used.size(); ++w)
    if (used[w] != 0) return w * 64 + static_cast<std::size_t>(std::countr_zero(used[w]));
  return std::nullopt;
}

/// The first time that falls into a row, given the present position.
std::uint64_t timer_queue::start_of(std::size_t l, std::size_t r) const {
  const std::uint64_t above = l + 1 == levels ? 0 : position_ >> (8 * (l + 1)) << (8 * (l + 1));
  return above | static_cast<std::uint64_t>(r) << (8 * l);
}

const queued_timer* timer_queue::find_front(std::int64_t limit) {
  if (!overdue_.empty()) return overdue_.top().timer.at_ms <= limit ? &overdue_.top().timer : nullptr;
  for (;;) {
    std::size_t l = 0;
    std::optional<std::size_t> r;
    while (!(r = (*wheel_)[l].first()))
      if (++l == levels) return nullptr;
    const std::uint64_t start = start_of(l, *r);
    if (start > ordered(limit)) return nullptr;
    position_ = start;
    if (l == 0) return &row_now().head->timers[row_now().head->begin];
    spread(l, *r);
  }
}

void timer_queue::place(queued_timer t, std::uint64_t at) {
  const std::uint64_t differs = at ^ position_;
  const std::size_t l = differs == 0 ? 0 : static_cast<std::size_t>(63 - std::countl_zero(differs)) / 8;
  const std::size_t r = (at >> (8 * l)) & (rows - 1);
  level& to = (*wheel_)[l];
  if (to.all[r].tail == nullptr || to.all[r].tail->end == chunk::capacity) {
    append_chunk(to.all[r]);
    to.mark(r);
  }
  chunk& last = *to.all[r].tail;
  last.timers[last.end++] = t;
}

/// Moves the timers of a row to the levels below it. Requires: position_ is the row's start.
void timer_queue::spread(std::size_t l, std::size_t r) {
  (*wheel_)[l].unmark(r);
  drain_row((*wheel_)[l].all[r], [this](const queued_timer& t) { place(t, ordered(t.at_ms)); });
}

template <class Visitor>
void timer_queue::drain_row(row& from, Visitor&& visit) {
  chunk* c = from.head;
  from = {};
  while (c != nullptr) {
    for (std::uint32_t i = c->begin; i < c->end; ++i) visit(c->timers[i]);
    chunk* const next = c->next;
    give_back(c);
    c = next;
  }
}

void timer_queue::append_chunk(row& to) {
  chunk* c = nullptr;
  if (spare_.empty()) {
    c = new chunk;
  } else {
    c = spare_.back();
    spare_.pop_back();
  }
  c->next = nullptr;
  c->begin = c->end = 0;
  ++chunks_;
  (to.tail == nullptr ? to.head : to.tail->next) = c;
  to.tail = c;
}

void timer_queue::give_back(chunk* c) {
  constexpr std::size_t few = 64;
  --chunks_;
  if (spare_.size() < std::max(chunks_, few))
    spare_.push_back(c);
  else
    delete c;
}

}  // namespace leat
