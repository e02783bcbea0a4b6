#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <leat/leat.hpp>

#include "measure.hpp"
#include "records.hpp"

namespace bench {

/// Where an engine run's results arrive, and when. Shared by the subtasks of the sink.
///
/// Time is taken from the first batch of results that ends the warm-up until the last result. What is already under way
/// behind the warm-up is at most a few batches per channel, well below one in a hundred records of a run.
/// Threading: any thread.
class finish_line {
 public:
  /// Time is taken from result number `warm_up` to result number `total`.
  finish_line(std::uint64_t warm_up, std::uint64_t total) : warm_up_(warm_up == 0 ? 1 : warm_up), total_(total) {}

  /// Takes note of `count` results; `checksum` is a sum over them.
  void pass(std::uint64_t count, std::uint64_t checksum) {
    checksum_.fetch_add(checksum, std::memory_order_relaxed);
    const std::uint64_t before = passed_.fetch_add(count, std::memory_order_acq_rel);
    const std::uint64_t after = before + count;
    if (before < warm_up_ && after >= warm_up_) {
      timed_from_ = after;
      begin_ = stamp::now();
      if (at_begin_) at_begin_();
    }
    if (after == total_) end_ = stamp::now();
  }

  /// Called in between, when the warm-up is over.
  void at_begin(std::function<void()> f) { at_begin_ = std::move(f); }

  /// What was measured, once the job is over. `records` is how many records all results together stand for.
  [[nodiscard]] measured result(double records) const;

 private:
  std::uint64_t warm_up_;
  std::uint64_t total_;
  std::function<void()> at_begin_;
  std::atomic<std::uint64_t> passed_{0};
  std::atomic<std::uint64_t> checksum_{0};
  std::uint64_t timed_from_ = 0;
  stamp begin_;
  stamp end_;
};

/// A sink that adds up `value(result)` and tells the finish line, once a batch.
template <class T, class Value>
[[nodiscard]] auto finish(finish_line& line, Value value) {
  return leat::callback_sink<T>([&line, value](const leat::batch<T>& results) {
    const T* const values = results.values();
    std::uint64_t checksum = 0;
    for (std::size_t i = 0, count = results.size(); i < count; ++i) checksum += value(values[i]);
    line.pass(results.size(), checksum);
  });
}

/// Options of a run on so many cores, with the state in memory and no checkpoints but the last.
[[nodiscard]] leat::job_options options_for(std::size_t cores);

/// Runs the application on the first `cores` cores. The failure, empty if there was none.
[[nodiscard]] std::string run_engine(const leat::application& app, std::size_t cores, leat::job_options options);

/// The records of record_maker as a source of the engine: a split per source, each of `records_each` records, warm-up
/// included.
[[nodiscard]] inline auto generated_records(const record_maker& make, std::uint32_t sources,
                                            std::uint64_t records_each) {
  return leat::generate(make.start(0), make)
      .splits(sources, [make](std::uint32_t source) { return make.start(source); })
      .limit(records_each * sources);
}

}  // namespace bench
