#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plain_table.hpp"
#include "records.hpp"

/// Windows by hand, each for one workload and nothing else.

namespace bench {

/// What a window's result counts for, the same however windows are cut where a key's values are all the same.
inline std::uint64_t window_digest(std::int64_t key, std::int64_t sum) {
  return static_cast<std::uint64_t>(key) * static_cast<std::uint64_t>(sum);
}

/// Sums in tumbling windows: an entry says for which window its key is listed, and the list of a window says which keys
/// to emit at its end.
class plain_tumbling {
 public:
  plain_tumbling(std::size_t keys, std::int64_t size_ms) : sums_(keys), size_ms_(size_ms), end_(size_ms - 1) {}

  void prefetch(const record& r) const { sums_.prefetch(r.key); }

  void add(const record& r) {
    entry& e = sums_[r.key];
    e.sum += r.val;
    const auto window = static_cast<std::uint32_t>(r.ts.ms() / size_ms_ + 1);
    if (e.listed_for == window) return;
    e.listed_for = window;
    lists_[window % lists_.size()].push_back(r.key);
  }

  /// Emits the windows that end at or before `w`.
  void advance(leat::event_time w) {
    for (; end_ <= w.ms(); end_ += size_ms_)
      fire(lists_[static_cast<std::size_t>(end_ / size_ms_ + 1) % lists_.size()]);
  }
  void finish() {
    for (auto& list : lists_) fire(list);
  }
  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }

 private:
  struct entry {
    std::int64_t sum = 0;
    std::uint32_t listed_for = 0;
  };

  void fire(std::vector<std::int64_t>& list) {
    constexpr std::size_t ahead = 16;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i + ahead < list.size()) sums_.prefetch(list[i + ahead]);
      entry& e = sums_[list[i]];
      checksum_ += window_digest(list[i], e.sum);
      e.sum = 0;
    }
    list.clear();
  }

  plain_table<entry> sums_;
  std::array<std::vector<std::int64_t>, 4> lists_;
  std::int64_t size_ms_;
  std::int64_t end_;
  std::uint64_t checksum_ = 0;
};

/// Sums in sliding windows: a ring of slices for each key and their running sum. At the end of a slice every key whose
/// window is not empty emits.
template <std::size_t Slices>
class plain_sliding {
 public:
  plain_sliding(std::size_t keys, std::int64_t slide_ms) : sums_(keys), slide_ms_(slide_ms), end_(slide_ms - 1) {}

  void prefetch(const record& r) const { sums_.prefetch(r.key); }

  void add(const record& r) {
    entry& e = sums_[r.key];
    e.current += r.val;
    if (e.ring != 0) return;
    rings_.emplace_back();
    keys_.push_back(r.key);
    e.ring = rings_.size();
  }

  void advance(leat::event_time w) {
    for (; end_ <= w.ms(); end_ += slide_ms_) fire();
  }
  /// The windows that are still open: those that end after the last record.
  void finish() {
    for (std::size_t i = 0; i < Slices; ++i, end_ += slide_ms_) fire();
  }
  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }

 private:
  struct entry {
    std::int64_t current = 0;
    std::int64_t running = 0;
    std::uint64_t ring = 0;  ///< its number plus one
  };

  void fire() {
    constexpr std::size_t ahead = 16;
    const auto at = static_cast<std::size_t>(end_ / slide_ms_) % Slices;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (i + ahead < keys_.size()) {
        sums_.prefetch(keys_[i + ahead]);
        __builtin_prefetch(&rings_[i + ahead][at], 1);
      }
      entry& e = sums_[keys_[i]];
      std::int64_t& slice = rings_[e.ring - 1][at];
      e.running += e.current - slice;
      slice = e.current;
      e.current = 0;
      if (e.running != 0) checksum_ += window_digest(keys_[i], e.running);
    }
  }

  plain_table<entry> sums_;
  std::vector<std::array<std::int64_t, Slices>> rings_;
  std::vector<std::int64_t> keys_;
  std::int64_t slide_ms_;
  std::int64_t end_;
  std::uint64_t checksum_ = 0;
};

/// Sums in sessions: a session ends when nothing has come for the gap. Keys are listed by when they are to be looked at
/// again; one whose session has gone on by then is listed anew.
class plain_sessions {
 public:
  plain_sessions(std::size_t keys, std::int64_t gap_ms)
      : sums_(keys), gap_ms_(gap_ms), lists_(static_cast<std::size_t>(gap_ms) + 2) {}

  void prefetch(const record& r) const { sums_.prefetch(r.key); }

  void add(const record& r) {
    entry& e = sums_[r.key];
    if (e.listed && r.ts.ms() - e.last >= gap_ms_) emit(r.key, e);
    e.sum += r.val;
    e.last = r.ts.ms();
    if (e.listed) return;
    e.listed = true;
    list(e.last + gap_ms_, r.key);
  }

  void advance(leat::event_time w) {
    for (; now_ <= w.ms(); ++now_) {
      auto& due = lists_[static_cast<std::size_t>(now_) % lists_.size()];
      constexpr std::size_t ahead = 16;
      taken_.swap(due);
      for (std::size_t i = 0; i < taken_.size(); ++i) {
        if (i + ahead < taken_.size()) sums_.prefetch(taken_[i + ahead]);
        entry& e = sums_[taken_[i]];
        if (e.last + gap_ms_ > now_ + 1) {
          list(e.last + gap_ms_, taken_[i]);
          continue;
        }
        emit(taken_[i], e);
        e.listed = false;
      }
      taken_.clear();
    }
  }
  void finish() { advance(leat::event_time{now_ + 2 * gap_ms_ + 2}); }
  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }

 private:
  struct entry {
    std::int64_t sum = 0;
    std::int64_t last = 0;
    bool listed = false;
  };

  void list(std::int64_t end, std::int64_t key) {
    lists_[static_cast<std::size_t>(end - 1) % lists_.size()].push_back(key);
  }
  void emit(std::int64_t key, entry& e) {
    checksum_ += window_digest(key, e.sum);
    e.sum = 0;
  }

  plain_table<entry> sums_;
  std::int64_t gap_ms_;
  std::vector<std::vector<std::int64_t>> lists_;
  std::vector<std::int64_t> taken_;
  std::int64_t now_ = 0;
  std::uint64_t checksum_ = 0;
};

}  // namespace bench
