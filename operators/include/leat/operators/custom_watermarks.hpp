#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <leat/core/time.hpp>
#include <leat/operators/watermark_strategy.hpp>

namespace leat {

/// A watermark strategy of your own: each split has a generator `G` that looks at its records. Made by custom_watermarks
/// or punctuated. Copy it freely; generators are copied from the one it holds.
template <class G>
class custom_watermark_strategy {
 public:
  custom_watermark_strategy(G generator, watermark_strategy rest)
      : generator_(std::move(generator)), rest_(std::move(rest)) {}

  /// As watermark_strategy::idle_after.
  [[nodiscard]] custom_watermark_strategy idle_after(duration d) const { return {generator_, rest_.idle_after(d)}; }
  /// As watermark_strategy::keep_pace.
  [[nodiscard]] custom_watermark_strategy keep_pace(std::string group, duration max_lead) const {
    return {generator_, rest_.keep_pace(std::move(group), max_lead)};
  }

  [[nodiscard]] const G& generator() const { return generator_; }
  [[nodiscard]] const watermark_strategy& rest() const { return rest_; }

 private:
  G generator_;
  watermark_strategy rest_;
};

/// Generators that also follow the clock.
template <class G>
concept periodic_watermarks = requires(G& g, processing_time now) {
  { g.on_periodic(now) } -> std::convertible_to<std::optional<watermark>>;
};

/// Watermarks by a generator of your own, a copyable class with
///
///     std::optional<watermark> on_record(const T&, event_time at);   // for each record, in order
///     std::optional<watermark> on_periodic(processing_time now);     // behind each batch, and every 200 ms of silence
///
/// of which the second may be missing. What they return is promised from then on (see watermark); what does not go
/// beyond the last one has no effect. Watermarks travel behind the batch they were made in. Each split has a copy.
/// Errors: an exception ends the attempt.   Source: Flink, WatermarkGenerator; the interval is its default.
template <class G>
[[nodiscard]] custom_watermark_strategy<G> custom_watermarks(G generator) {
  std::optional<duration> period;
  if constexpr (periodic_watermarks<G>) period = std::chrono::milliseconds{200};
  return {std::move(generator), no_watermarks().looking_every(period)};
}

/// The generator behind punctuated.
template <class F>
struct punctuated_watermarks {
  F mark;
  std::optional<watermark> on_record(const auto& record, event_time at) { return mark(record, at); }
};

/// Watermarks that stand in the data: F is (const T&, event_time at) → std::optional<watermark>, asked for each record.
/// Source: Flink, "Writing a Punctuated WatermarkGenerator".
template <class F>
[[nodiscard]] custom_watermark_strategy<punctuated_watermarks<F>> punctuated(F mark) {
  return custom_watermarks(punctuated_watermarks<F>{std::move(mark)});
}

/// A generator of one split, whatever it looks at. Threading: one subtask.
class custom_generator {
 public:
  virtual ~custom_generator() = default;
  virtual void look_at_clock(processing_time now, watermark_generator& to) = 0;
};

/// One that looks at records of type T, a batch at a time.
template <class T>
class record_generator : public custom_generator {
 public:
  virtual void look_at(const T* values, const std::int64_t* times, std::size_t count, watermark_generator& to) = 0;
};

template <class T, class G>
class record_generator_by final : public record_generator<T> {
 public:
  explicit record_generator_by(const G& generator) : generator_(generator) {}

  void look_at(const T* values, const std::int64_t* times, std::size_t count, watermark_generator& to) override {
    for (std::size_t i = 0; i < count; ++i)
      if (const std::optional<watermark> w = generator_.on_record(values[i], event_time{times[i]})) to.announce(*w);
  }
  void look_at_clock(processing_time now, watermark_generator& to) override {
    if constexpr (periodic_watermarks<G>)
      if (const std::optional<watermark> w = generator_.on_periodic(now)) to.announce(*w);
  }

 private:
  G generator_;
};

}  // namespace leat
