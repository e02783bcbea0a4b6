#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <span>
#include <vector>

#include <leat/core/time.hpp>

namespace leat {

/// A queued timer: when, and the hash of the key whose turn it may be.
struct queued_timer {
  std::int64_t at_ms;
  std::uint32_t hash;
};

/// Hands out timers in time order; equal times in the order they were added. A hierarchical wheel: eight levels of 256
/// rows, one per byte of the time, so that adding costs a few instructions, millions of equal due times lie side by
/// side, and each timer moves at most seven times in its life. Rows are chains of chunks of 1 KiB, so that a row of any
/// length grows without copying.
///
/// It may hold timers that have been deleted since: the truth is `key_timers`, which the caller asks when one is due.
/// Threading: one subtask.
/// Source: Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987.
class timer_queue {
 public:
  timer_queue() = default;
  timer_queue(const timer_queue&) = delete;
  timer_queue& operator=(const timer_queue&) = delete;
  ~timer_queue();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  void push(queued_timer t);

  /// The first of the earliest timers if its time is ≤ `limit`, otherwise null. Valid until the next push, pop or sweep.
  [[nodiscard]] const queued_timer* front(std::int64_t limit) {
    if (size_ == 0) return nullptr;
    if (overdue_.empty()) [[likely]] {
      const chunk* const c = row_now().head;
      if (c != nullptr && position_ <= ordered(limit)) [[likely]]
        return &c->timers[c->begin];
    }
    return find_front(limit);
  }

  /// Takes away what front() has just returned. Requires: front() returned a timer, and nothing was pushed since.
  void pop();

  /// Writes the hashes of the timers that have the time of the front into `to`, from the one `skip` places behind the
  /// front, and returns their number. A hint of what comes next, for fetching from memory.
  std::size_t upcoming(std::size_t skip, std::span<std::uint32_t> to) const;

  /// A time at or before the earliest timer's; exact for what is at most 255 ms ahead. Empty if there is none.
  [[nodiscard]] std::optional<std::int64_t> earliest() const;

  /// Drops every timer for which `keep(timer)` is false. Order is kept.
  void sweep(const std::function<bool(const queued_timer&)>& keep);

 private:
  static constexpr std::size_t levels = 8;
  static constexpr std::size_t rows = 256;

  struct chunk {
    static constexpr std::uint32_t capacity = 63;
    chunk* next;
    std::uint32_t begin;  ///< timers before it have been taken
    std::uint32_t end;
    std::array<queued_timer, capacity> timers;
  };
  struct row {
    chunk* head = nullptr;
    chunk* tail = nullptr;
  };
  struct level {
    std::array<row, rows> all;
    std::array<std::uint64_t, rows / 64> used{};

    [[nodiscard]] std::optional<std::size_t> first() const;
    void mark(std::size_t r) { used[r / 64] |= std::uint64_t{1} << (r % 64); }
    void unmark(std::size_t r) { used[r / 64] &= ~(std::uint64_t{1} << (r % 64)); }
  };
  using wheel = std::array<level, levels>;

  struct overdue_timer {
    queued_timer timer;
    std::uint64_t sequence;
    bool operator<(const overdue_timer& o) const {  // std::priority_queue keeps the greatest on top
      return timer.at_ms != o.timer.at_ms ? timer.at_ms > o.timer.at_ms : sequence > o.sequence;
    }
  };

  /// Times as unsigned numbers in the same order.
  static std::uint64_t ordered(std::int64_t ms) { return static_cast<std::uint64_t>(ms) ^ (std::uint64_t{1} << 63); }
  static std::int64_t unordered(std::uint64_t at) { return static_cast<std::int64_t>(at ^ (std::uint64_t{1} << 63)); }

  /// The row of the present position: all its timers have just this time. Requires: wheel_.
  [[nodiscard]] const row& row_now() const { return (*wheel_)[0].all[position_ & (rows - 1)]; }
  [[nodiscard]] std::uint64_t start_of(std::size_t l, std::size_t r) const;
  const queued_timer* find_front(std::int64_t limit);
  void place(queued_timer t, std::uint64_t at);
  void spread(std::size_t l, std::size_t r);
  void append_chunk(row& to);
  void give_back(chunk* c);
  template <class Visitor>
  void drain_row(row& from, Visitor&& visit);

  std::unique_ptr<wheel> wheel_;  ///< made with the first timer
  std::vector<chunk*> spare_;     ///< emptied chunks, no more than are in use
  std::size_t chunks_ = 0;        ///< in use
  std::priority_queue<overdue_timer> overdue_;
  std::uint64_t position_ = 0;  ///< no timer on the wheel is earlier
  std::size_t size_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace leat
