#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include <leat/core/time.hpp>

namespace leat {

/// A queued timer: when, and whose.
template <class K>
struct queued_timer {
  std::int64_t at_ms;
  leat::scope scope;
  std::uint32_t hash;
  K key;
};

/// Hands out timers in time order; equal times in the order they were added. A hierarchical wheel: eight levels of 256
/// slots, one per byte of the time, so that adding costs a few instructions, millions of equal due times lie side by
/// side, and each timer moves at most seven times in its life.
///
/// It may hold timers that have been deleted since: the truth is `key_timers`, which the caller asks when one is due.
/// Threading: one subtask.
/// Source: Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987.
template <class K>
class timer_queue {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  void push(queued_timer<K> t) {
    ++size_;
    const std::uint64_t at = ordered(t.at_ms);
    if (at < position_)
      overdue_.push({std::move(t), sequence_++});
    else
      place(std::move(t), at);
  }

  /// Appends to `due` up to `count` timers of the earliest time that is ≤ `limit`; all appended have the same time.
  /// Returns false, appending nothing, if none is due.
  bool take(std::int64_t limit, std::size_t count, std::vector<queued_timer<K>>& due) {
    if (size_ == 0 || count == 0) return false;
    if (!overdue_.empty()) {
      if (overdue_.top().timer.at_ms > limit) return false;
      due.push_back(overdue_.top().timer);
      overdue_.pop();
      --size_;
      return true;
    }
    return take_from_wheel(ordered(limit), count, due);
  }

  /// A time at or before the earliest timer's; exact for what is at most 255 ms ahead. Empty if there is none.
  [[nodiscard]] std::optional<std::int64_t> earliest() const {
    if (!overdue_.empty()) return overdue_.top().timer.at_ms;
    for (std::size_t l = 0; l < levels; ++l) {
      if (!wheel_[l]) continue;
      if (const auto slot = wheel_[l]->first()) return unordered(start_of(l, *slot));
    }
    return std::nullopt;
  }

  /// Drops every timer for which `keep(timer)` is false.
  template <class Keep>
  void sweep(Keep&& keep) {
    std::vector<queued_timer<K>> kept;
    kept.reserve(size_);
    const auto look_at = [&](queued_timer<K>& t) {
      if (keep(t)) kept.push_back(std::move(t));
    };
    for (; !overdue_.empty(); overdue_.pop()) {
      queued_timer<K> t = overdue_.top().timer;
      look_at(t);
    }
    for (auto& l : wheel_) {
      if (!l) continue;
      for (std::size_t s = 0; s < slots; ++s) {
        auto& row = l->rows[s];
        for (std::size_t i = s == taking_slot_ && l == wheel_[0] ? taken_ : 0; i < row.size(); ++i) look_at(row[i]);
      }
      l.reset();
    }
    size_ = 0;
    taken_ = 0;
    for (auto& t : kept) push(std::move(t));
  }

 private:
  static constexpr std::size_t levels = 8;
  static constexpr std::size_t slots = 256;
  static constexpr std::size_t small_row = 4096;  ///< timers; larger rows give their memory back when they are empty

  struct level {
    std::array<std::vector<queued_timer<K>>, slots> rows;
    std::array<std::uint64_t, slots / 64> used{};

    [[nodiscard]] std::optional<std::size_t> first() const {
      for (std::size_t w = 0; w < used.size(); ++w)
        if (used[w] != 0) return w * 64 + static_cast<std::size_t>(std::countr_zero(used[w]));
      return std::nullopt;
    }
    void mark(std::size_t s) { used[s / 64] |= std::uint64_t{1} << (s % 64); }
    void unmark(std::size_t s) { used[s / 64] &= ~(std::uint64_t{1} << (s % 64)); }
  };

  struct overdue_timer {
    queued_timer<K> timer;
    std::uint64_t sequence;
    bool operator<(const overdue_timer& o) const {  // std::priority_queue keeps the greatest on top
      return timer.at_ms != o.timer.at_ms ? timer.at_ms > o.timer.at_ms : sequence > o.sequence;
    }
  };

  /// Times as unsigned numbers in the same order.
  static std::uint64_t ordered(std::int64_t ms) { return static_cast<std::uint64_t>(ms) ^ (std::uint64_t{1} << 63); }
  static std::int64_t unordered(std::uint64_t at) { return static_cast<std::int64_t>(at ^ (std::uint64_t{1} << 63)); }

  /// The first time that falls into a slot, given the present position.
  [[nodiscard]] std::uint64_t start_of(std::size_t l, std::size_t slot) const {
    const std::uint64_t above = l + 1 == levels ? 0 : position_ >> (8 * (l + 1)) << (8 * (l + 1));
    return above | static_cast<std::uint64_t>(slot) << (8 * l);
  }

  void place(queued_timer<K> t, std::uint64_t at) {
    const std::uint64_t differs = at ^ position_;
    const std::size_t l = differs == 0 ? 0 : static_cast<std::size_t>(63 - std::countl_zero(differs)) / 8;
    const std::size_t slot = (at >> (8 * l)) & 255;
    if (!wheel_[l]) wheel_[l] = std::make_unique<level>();
    auto& row = wheel_[l]->rows[slot];
    if (row.size() == row.capacity() && row.size() >= small_row && row.size() < spare_.capacity()) use_spare(row);
    row.push_back(std::move(t));
    wheel_[l]->mark(slot);
  }

  /// A row that has become large goes on in the memory of one that was emptied.
  void use_spare(std::vector<queued_timer<K>>& row) {
    spare_.assign(std::make_move_iterator(row.begin()), std::make_move_iterator(row.end()));
    std::swap(row, spare_);
    spare_ = {};
  }

  bool take_from_wheel(std::uint64_t limit, std::size_t count, std::vector<queued_timer<K>>& due) {
    for (;;) {
      std::size_t l = 0;
      std::optional<std::size_t> slot;
      for (; l < levels; ++l)
        if (wheel_[l] && (slot = wheel_[l]->first())) break;
      if (!slot) return false;
      const std::uint64_t start = start_of(l, *slot);
      if (start > limit) return false;
      if (l == 0) {
        position_ = start;
        take_row(*slot, count, due);
        return true;
      }
      auto row = std::move(wheel_[l]->rows[*slot]);
      wheel_[l]->rows[*slot].clear();
      wheel_[l]->unmark(*slot);
      position_ = start;
      for (auto& t : row) {
        const std::uint64_t at = ordered(t.at_ms);
        place(std::move(t), at);
      }
    }
  }

  void take_row(std::size_t slot, std::size_t count, std::vector<queued_timer<K>>& due) {
    auto& row = wheel_[0]->rows[slot];
    taking_slot_ = slot;
    const std::size_t n = std::min(count, row.size() - taken_);
    for (std::size_t i = 0; i < n; ++i) due.push_back(std::move(row[taken_ + i]));
    taken_ += n;
    size_ -= n;
    if (taken_ < row.size()) return;
    taken_ = 0;
    row.clear();
    if (row.capacity() > small_row) {
      if (row.capacity() > spare_.capacity()) std::swap(row, spare_);
      row = {};
    }
    wheel_[0]->unmark(slot);
  }

  std::array<std::unique_ptr<level>, levels> wheel_;
  std::vector<queued_timer<K>> spare_;  ///< memory of the largest row that was emptied
  std::priority_queue<overdue_timer> overdue_;
  std::uint64_t position_ = 0;   ///< no timer on the wheel is earlier
  std::size_t taking_slot_ = 0;  ///< level-0 slot whose first `taken_` timers have been handed out
  std::size_t taken_ = 0;
  std::size_t size_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace leat
