#include <leat/core/watermark_valve.hpp>

#include <leat/core/assert.hpp>

#include <algorithm>

namespace leat {

watermark_combiner::watermark_combiner(std::uint32_t inputs) : inputs_(inputs) {
  LEAT_ASSERT(inputs > 0, "an operator with watermarks has at least one input");
}

valve_output watermark_combiner::take_watermark(std::uint32_t input, watermark w) {
  LEAT_ASSERT(input < inputs_.size(), "no such input");
  input_state& i = inputs_[input];
  i.idle = false;
  i.last = std::max(i.last, w);
  return {advance(), std::nullopt};
}

valve_output watermark_combiner::take_status(std::uint32_t input, stream_status s) {
  LEAT_ASSERT(input < inputs_.size(), "no such input");
  inputs_[input].idle = s == stream_status::idle;
  const bool was_idle = idle_;
  valve_output out{advance(), std::nullopt};
  if (was_idle != idle_) out.status = s;
  return out;
}

std::optional<watermark> watermark_combiner::advance() {
  std::optional<watermark> lowest;
  for (const input_state& i : inputs_) {
    if (!i.idle) lowest = lowest ? std::min(*lowest, i.last) : i.last;
  }
  idle_ = !lowest.has_value();
  // With all inputs idle the output stands still, as in Flink before FLINK-38454.
  if (!lowest || *lowest <= output_) return std::nullopt;
  output_ = *lowest;
  return output_;
}

}  // namespace leat
