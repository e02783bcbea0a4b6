#include <leat/actors/input_gate.hpp>

#include <algorithm>
#include <utility>

namespace leat {
namespace {

std::uint32_t input_count(const std::vector<std::uint32_t>& input_of) {
  return input_of.empty() ? 1 : *std::max_element(input_of.begin(), input_of.end()) + 1;
}

}  // namespace

input_gate::input_gate(std::vector<std::uint32_t> input_of, alignment mode)
    : input_of_(std::move(input_of)),
      combiner_(input_count(input_of_)),
      aligner_(std::max(1U, channels()), mode, finished_channels::count_as_barrier),
      held_(input_of_.size()) {
  std::vector<std::uint32_t> sizes(input_count(input_of_));
  for (const auto input : input_of_) place_in_input_.push_back(sizes[input]++);
  for (const auto size : sizes) valves_.emplace_back(std::max(1U, size));  // a source has no channels
}

std::optional<element> input_gate::next() {
  for (auto* queue : {&released_, &arrived_}) {
    while (!queue->empty()) {
      element e = std::move(queue->front());
      queue->pop_front();
      if (!aligner_.held(e.channel.value())) return e;
      held_[e.channel.value()].push_back(std::move(e));
    }
  }
  return std::nullopt;
}

valve_output input_gate::combine(std::uint32_t input, valve_output from_valve) {
  valve_output combined;
  if (from_valve.advanced) combined = combiner_.take_watermark(input, *from_valve.advanced);
  if (from_valve.status) {
    const valve_output s = combiner_.take_status(input, *from_valve.status);
    if (s.advanced) combined.advanced = s.advanced;
    if (s.status) combined.status = s.status;
  }
  return combined;
}

valve_output input_gate::take_watermark(channel_index c, watermark w) {
  const std::uint32_t input = input_of(c);
  return combine(input, valves_[input].take_watermark(place_in_input_[c.value()], w));
}

valve_output input_gate::take_status(channel_index c, stream_status s) {
  const std::uint32_t input = input_of(c);
  return combine(input, valves_[input].take_status(place_in_input_[c.value()], s));
}

alignment_step input_gate::take_barrier(channel_index c, checkpoint_id id) {
  alignment_step step = aligner_.take_barrier(c.value(), id);
  if (!step.released) return step;
  std::deque<element> first;
  for (auto& h : held_) {
    for (auto& e : h) first.push_back(std::move(e));
    h.clear();
  }
  for (auto& e : released_) first.push_back(std::move(e));
  released_ = std::move(first);
  return step;
}

}  // namespace leat
