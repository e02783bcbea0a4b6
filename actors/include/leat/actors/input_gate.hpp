#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <leat/actors/element.hpp>
#include <leat/core/barrier_aligner.hpp>
#include <leat/core/watermark_valve.hpp>

namespace leat {

/// All channels into a subtask: decides which element is next. Elements of channels whose barrier has come are held
/// back until the others' barriers have come too.
/// Threading: one subtask.
class input_gate {
 public:
  /// `input_of[c]` is the operator input that channel c feeds.
  input_gate(std::vector<std::uint32_t> input_of, alignment mode);

  void arrive(element e) { arrived_.push_back(std::move(e)); }
  /// The next element that may be processed now; empty if there is none.
  std::optional<element> next();

  [[nodiscard]] std::uint32_t input_of(channel_index c) const { return input_of_[c.value()]; }
  [[nodiscard]] std::uint32_t channels() const { return static_cast<std::uint32_t>(input_of_.size()); }

  /// Merge an element's watermark or status; the result is over all channels.
  valve_output take_watermark(channel_index c, watermark w);
  valve_output take_status(channel_index c, stream_status s);
  /// Takes a barrier; released channels deliver first.
  alignment_step take_barrier(channel_index c, checkpoint_id id);
  [[nodiscard]] watermark output() const { return combiner_.output(); }

 private:
  valve_output combine(std::uint32_t input, valve_output from_valve);

  std::vector<std::uint32_t> input_of_;
  std::vector<std::uint32_t> place_in_input_;  ///< of a channel among those of its input
  std::vector<watermark_valve> valves_;        ///< one per input
  watermark_combiner combiner_;
  barrier_aligner aligner_;
  std::deque<element> released_;  ///< goes before what has arrived since
  std::deque<element> arrived_;
  std::vector<std::deque<element>> held_;
};

}  // namespace leat
