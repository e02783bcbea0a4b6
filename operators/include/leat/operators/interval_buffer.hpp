#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <leat/core/fields.hpp>
#include <leat/core/time.hpp>
#include <leat/operators/evictor.hpp>

namespace leat {

/// A record that waits for partners.
template <class T>
struct waiting_record {
  timed_record<T> record;
  bool at_watermark = false;  ///< it came when the watermark was its own time already
  LEAT_FIELDS(record, at_watermark);
};

/// One side's records of a key that may still meet a partner, by time, equal times in order of arrival. A record meets
/// none any more `span` behind its time: it is gone for good once the watermark is there, and its memory is used again
/// when the next record needs it.
template <class T>
class interval_buffer {
 public:
  using record_type = timed_record<T>;

  [[nodiscard]] bool empty() const { return records.empty(); }
  [[nodiscard]] std::int64_t newest_ms() const { return records.back().record.at_ms; }

  /// Requires: not late, `record.at_ms` ≥ watermark_ms.
  void add(record_type record, std::int64_t span_ms, std::int64_t watermark_ms) {
    if (records.size() == records.capacity()) drop_gone(span_ms, watermark_ms);
    const bool at_watermark = record.at_ms == watermark_ms;
    const auto behind =
        records.empty() || records.back().record.at_ms <= record.at_ms
            ? records.end()
            : std::upper_bound(records.begin(), records.end(), record.at_ms,
                               [](std::int64_t at, const waiting_record<T>& r) { return at < r.record.at_ms; });
    records.insert(behind, {std::move(record), at_watermark});
  }

  /// Calls `meet(record)` for each record from `first_ms` to `last_ms`, both included, that is not gone.
  template <class Meet>
  void for_each_in(std::int64_t first_ms, std::int64_t last_ms, std::int64_t span_ms, std::int64_t watermark_ms,
                   Meet&& meet) const {
    for (auto r = from(first_ms); r != records.end() && r->record.at_ms <= last_ms; ++r)
      if (!gone(*r, span_ms, watermark_ms)) meet(r->record);
  }

  /// Frees the places of those that are gone.
  void drop_gone(std::int64_t span_ms, std::int64_t watermark_ms) {
    const auto kept = std::find_if(records.begin(), records.end(),
                                   [&](const waiting_record<T>& r) { return !gone(r, span_ms, watermark_ms); });
    records.erase(records.begin(), kept);
  }

  /// `at` + `by`, kept within the range of times.
  [[nodiscard]] static std::int64_t later(std::int64_t at_ms, std::int64_t by_ms) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(at_ms, by_ms, &sum)) return sum;
    return by_ms > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }

  std::vector<waiting_record<T>> records;
  LEAT_FIELDS(records);

 private:
  /// One whose last moment is the watermark itself is gone, unless it came no sooner.
  [[nodiscard]] static bool gone(const waiting_record<T>& r, std::int64_t span_ms, std::int64_t watermark_ms) {
    const std::int64_t last = later(r.record.at_ms, span_ms);
    return last < watermark_ms || (last == watermark_ms && !r.at_watermark);
  }

  /// The first record not before `first_ms`. Looked for from the newest on, where partners mostly are.
  [[nodiscard]] auto from(std::int64_t first_ms) const {
    const auto before = [first_ms](const waiting_record<T>& r) { return r.record.at_ms < first_ms; };
    std::size_t step = 1;
    auto high = records.end();
    while (static_cast<std::size_t>(high - records.begin()) > step &&
           !before(*(high - static_cast<std::ptrdiff_t>(step)))) {
      high -= static_cast<std::ptrdiff_t>(step);
      step *= 2;
    }
    const auto low =
        high - static_cast<std::ptrdiff_t>(std::min(step, static_cast<std::size_t>(high - records.begin())));
    return std::partition_point(low, high, before);
  }
};

}  // namespace leat
