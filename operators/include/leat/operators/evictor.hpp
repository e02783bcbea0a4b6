#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <leat/core/batch.hpp>
#include <leat/core/fields.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// A record in a pane, with its time: `no_event_time` if it has none.
template <class In>
struct timed_record {
  In value{};
  std::int64_t at_ms = no_event_time;
  LEAT_FIELDS(value, at_ms);
};

/// When an evictor looks at a pane that fires.
enum class eviction : std::uint8_t { before_function, after_function };

/// Drops records of a pane when it fires. One object serves all panes of a subtask.
/// Source: Flink, org.apache.flink.streaming.api.windowing.evictors.
template <class In>
class evictor {
 public:
  explicit evictor(eviction when) : when_(when) {}
  virtual ~evictor() = default;
  [[nodiscard]] eviction when() const { return when_; }
  /// Takes away what should go; the rest keeps its order of arrival.
  virtual void evict(std::vector<timed_record<In>>& records) const = 0;

 private:
  eviction when_;
};

/// Keeps the last `count` records.
template <class In>
class count_evictor final : public evictor<In> {
 public:
  explicit count_evictor(std::size_t count, eviction when = eviction::before_function)
      : evictor<In>(when), count_(count) {}
  void evict(std::vector<timed_record<In>>& records) const override {
    if (records.size() > count_) records.erase(records.begin(), records.end() - static_cast<std::ptrdiff_t>(count_));
  }

 private:
  std::size_t count_;
};

/// Keeps the records that are less than `window` older than the newest.
template <class In>
class time_evictor final : public evictor<In> {
 public:
  explicit time_evictor(duration window, eviction when = eviction::before_function)
      : evictor<In>(when), window_(window) {}
  void evict(std::vector<timed_record<In>>& records) const override {
    if (records.empty() || records.front().at_ms == no_event_time) return;
    std::int64_t newest = no_event_time;
    for (const auto& r : records) newest = std::max(newest, r.at_ms);
    const std::int64_t oldest = (event_time{newest} - window_).ms();
    std::erase_if(records, [oldest](const auto& r) { return r.at_ms <= oldest; });
  }

 private:
  duration window_;
};

/// Keeps the records that differ from the last one by less than `threshold`; `difference` is
/// (const In& earlier, const In& last) → double.
template <class In>
class delta_evictor final : public evictor<In> {
 public:
  using difference = std::function<double(const In&, const In&)>;
  delta_evictor(double threshold, difference d, eviction when = eviction::before_function)
      : evictor<In>(when), threshold_(threshold), difference_(std::move(d)) {}
  void evict(std::vector<timed_record<In>>& records) const override {
    if (records.empty()) return;
    const In last = records.back().value;
    std::erase_if(records, [&](const auto& r) { return difference_(r.value, last) >= threshold_; });
  }

 private:
  double threshold_;
  difference difference_;
};

}  // namespace leat
