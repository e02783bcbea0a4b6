#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <leat/core/alignment.hpp>
#include <leat/core/barrier_tracker.hpp>
#include <leat/core/ids.hpp>

namespace leat {

/// Decides, from the barriers of a subtask's channels, when its snapshot is due and which channels wait.
/// Pure bookkeeping: whoever uses it holds back the records of waiting channels, and records those of recorded ones.
/// Barriers and cancellations of a checkpoint that is over, or older than the newest one seen, change nothing.
/// Threading: one subtask.   Source: Chandy and Lamport 1985; Flink, SingleCheckpointBarrierHandler.
class barrier_aligner {
 public:
  barrier_aligner(std::uint32_t channels, alignment mode, finished_channels finished);

  /// Requires, each: the channel is not held (its elements are not being delivered) and has not ended.
  alignment_step take_barrier(std::uint32_t channel, checkpoint_id id);
  alignment_step take_cancellation(std::uint32_t channel, checkpoint_id id);
  alignment_step take_end(std::uint32_t channel);

  /// Whether records of this channel must wait.
  [[nodiscard]] bool held(std::uint32_t channel) const { return channels_[channel].held; }
  /// Whether records of this channel, delivered now, belong to the checkpoint's channel state.
  [[nodiscard]] bool recorded(std::uint32_t channel) const;

 private:
  struct channel_state {
    bool arrived = false;  ///< its barrier of the pending checkpoint is in
    bool held = false;
    bool ended = false;
  };
  void require_delivering(std::uint32_t channel) const;
  void begin(checkpoint_id id, alignment_step& step);
  void give_up(checkpoint_id id, abort_reason why, alignment_step& step);
  void release(alignment_step& step);
  void arrive(channel_state& c, alignment_step& step);

  std::vector<channel_state> channels_;
  alignment mode_;
  finished_channels finished_;
  std::optional<checkpoint_id> pending_;
  std::uint32_t missing_ = 0;               ///< channels whose barrier of the pending checkpoint has not come
  std::optional<checkpoint_id> newest_;     ///< the highest id that was completed, aborted or started
  std::optional<barrier_tracker> tracker_;  ///< does the work when nobody waits
};

}  // namespace leat
