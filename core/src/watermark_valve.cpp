#include <leat/core/watermark_valve.hpp>

#include <leat/core/assert.hpp>

#include <algorithm>

namespace leat {

watermark_valve::watermark_valve(std::uint32_t channels) : channels_(channels) {
  LEAT_ASSERT(channels > 0, "a valve needs at least one channel");
}

valve_output watermark_valve::take_watermark(std::uint32_t channel, watermark w) {
  LEAT_ASSERT(channel < channels_.size(), "no such channel");
  channel_state& c = channels_[channel];
  if (!c.active || w <= c.last) return {};
  c.last = w;
  if (w >= output_) c.aligned = true;
  return {advance_to_minimum(), std::nullopt};
}

valve_output watermark_valve::take_status(std::uint32_t channel, stream_status s) {
  LEAT_ASSERT(channel < channels_.size(), "no such channel");
  channel_state& c = channels_[channel];
  if (c.active == (s == stream_status::active)) return {};
  return s == stream_status::idle ? become_idle(c) : become_active(c);
}

valve_output watermark_valve::become_idle(channel_state& c) {
  c.active = false;
  c.aligned = false;
  const bool held_the_minimum = c.last == output_;
  const auto is_active = [](const channel_state& o) { return o.active; };
  if (std::any_of(channels_.begin(), channels_.end(), is_active)) {
    return {held_the_minimum ? advance_to_minimum() : std::nullopt, std::nullopt};
  }
  // Nobody will advance now: whatever had been promised is passed on, so that the outcome does not depend on the order
  // in which the channels fell silent. As in Flink before FLINK-40475, only if the last one held the minimum.
  active_ = false;
  return {held_the_minimum ? advance_to_maximum() : std::nullopt, stream_status::idle};
}

valve_output watermark_valve::become_active(channel_state& c) {
  c.active = true;
  c.aligned = c.last >= output_;
  if (active_) return {};
  active_ = true;
  return {std::nullopt, stream_status::active};
}

std::optional<watermark> watermark_valve::advance_to_minimum() {
  std::optional<watermark> lowest;
  for (const channel_state& c : channels_) {
    if (c.aligned) lowest = lowest ? std::min(*lowest, c.last) : c.last;
  }
  if (!lowest || *lowest <= output_) return std::nullopt;
  output_ = *lowest;
  return output_;
}

std::optional<watermark> watermark_valve::advance_to_maximum() {
  watermark highest = watermark::none();
  for (const channel_state& c : channels_) highest = std::max(highest, c.last);
  if (highest <= output_) return std::nullopt;
  output_ = highest;
  return output_;
}

}  // namespace leat
