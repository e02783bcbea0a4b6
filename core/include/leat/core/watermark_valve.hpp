#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <leat/core/time.hpp>

namespace leat {

/// What a valve lets through after an event: at most a watermark, then at most a change of status.
struct valve_output {
  std::optional<watermark> advanced;
  std::optional<stream_status> status;
};

/// Merges the watermarks and statuses of the channels of one input: the minimum over the channels that are active and
/// aligned. A channel that returns from idleness behind the output does not hold it back until it has caught up.
/// Threading: one subtask.   Source: Flink, StatusWatermarkValve.
class watermark_valve {
 public:
  explicit watermark_valve(std::uint32_t channels);

  /// Requires: channel < channels.
  valve_output take_watermark(std::uint32_t channel, watermark w);
  valve_output take_status(std::uint32_t channel, stream_status s);
  [[nodiscard]] watermark output() const { return output_; }

 private:
  struct channel_state {
    watermark last = watermark::none();
    bool active = true;
    bool aligned = true;
  };
  valve_output become_idle(channel_state& c);
  valve_output become_active(channel_state& c);
  std::optional<watermark> advance_to_minimum();
  std::optional<watermark> advance_to_maximum();

  std::vector<channel_state> channels_;
  watermark output_ = watermark::none();
  bool active_ = true;
};

/// Merges the watermarks of the inputs of one operator: the minimum over inputs that are not idle, never falling. An
/// input that returns from idleness behind the output holds it until it has caught up.
/// Threading: one subtask.   Source: Flink, CombinedWatermarkStatus.
class watermark_combiner {
 public:
  explicit watermark_combiner(std::uint32_t inputs);

  valve_output take_watermark(std::uint32_t input, watermark w);
  valve_output take_status(std::uint32_t input, stream_status s);
  [[nodiscard]] watermark output() const { return output_; }

 private:
  struct input_state {
    watermark last = watermark::none();
    bool idle = false;
  };
  std::optional<watermark> advance();

  std::vector<input_state> inputs_;
  watermark output_ = watermark::none();
  bool idle_ = false;
};

}  // namespace leat
