#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine.hpp"
#include "plain_exchange.hpp"
#include "plain_table.hpp"
#include "records.hpp"

/// The running sum per key, as plain loops and on the engine; several workloads build on it.

namespace bench {

inline std::uint64_t add(const record& r, plain_table<plain_sum>& sums) {
  plain_sum& s = sums[r.key];
  s.sum += r.val;
  ++s.count;
  return static_cast<std::uint64_t>(s.sum);
}

/// Makes `count` records and adds them up, 64 at a time: their places in the table are on their way from memory while
/// the rest of them are made. Returns the checksum of the results.
inline std::uint64_t add_up(const record_maker& make, source_position& position, std::uint64_t count,
                            plain_table<plain_sum>& sums) {
  constexpr std::uint64_t at_once = 64;
  std::array<record, at_once> batch;
  source_position at = position;
  std::uint64_t checksum = 0;
  for (std::uint64_t done = 0; done < count; done += at_once) {
    const std::uint64_t n = std::min(at_once, count - done);
    for (std::uint64_t i = 0; i < n; ++i) {
      batch[i] = make(at);
      sums.prefetch(batch[i].key);
    }
    for (std::uint64_t i = 0; i < n; ++i) checksum += add(batch[i], sums);
  }
  position = at;
  return checksum;
}

/// `records` include the warm-up, of which no time is taken.
[[nodiscard]] measured plain_sums(const record_maker& make, std::uint64_t records);
[[nodiscard]] measured plain_sums_on_two(const record_maker& make, std::uint64_t records);

/// The sum and the count of one key's records.
struct sum_and_count {
  std::int64_t sum = 0;
  std::int64_t count = 0;
  LEAT_FIELDS(sum, count)
};

class running_sums final : public leat::keyed_process<std::int64_t, record, running_sum> {
 public:
  void process(const record& r, context&, leat::output<running_sum>& out) override {
    sum_and_count& s = so_far_.at();
    s.sum += r.val;
    ++s.count;
    out.emit({r.key, s.sum});
  }

 private:
  leat::value_state<sum_and_count> so_far_{*this, "so-far"};
};

inline void describe_sums(leat::application& app, const record_maker& make, std::uint32_t cores, std::uint64_t records,
                          finish_line& line) {
  app.source("records", generated_records(make, cores, records / cores))
      .event_time(&record::ts, leat::monotonous())
      .key_by(&record::key)
      .process<running_sums>("sums")
      .sink("finish",
            finish<running_sum>(line, [](const running_sum& s) { return static_cast<std::uint64_t>(s.sum); }));
}

[[nodiscard]] measured engine_sums(const record_maker& make, std::uint32_t cores, std::uint64_t records,
                                   leat::job_options options);

}  // namespace bench
