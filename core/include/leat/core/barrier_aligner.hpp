#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <leat/core/ids.hpp>

namespace leat {

/// How a subtask's snapshot relates to what is still in its channels.
enum class alignment {
  aligned,        ///< exactly once: channels whose barrier has come wait for the others
  unaligned,      ///< exactly once: snapshot at the first barrier; what still arrives before the others is recorded
  at_least_once,  ///< nobody waits; snapshot at the last barrier
};

/// What a channel's end means for a checkpoint under way.
enum class finished_channels {
  count_as_barrier,  ///< it has nothing more to send: as good as its barrier
  abort,             ///< the checkpoint cannot complete
};

/// Why a checkpoint was given up.
enum class abort_reason { subsumed, cancelled, end_of_channel };
[[nodiscard]] std::string_view to_string(abort_reason r);

/// What must be done after a barrier, a cancellation or a channel's end, in this order: give up, take the snapshot and
/// forward the barrier, regard the recording as complete.
struct alignment_step {
  struct given_up {
    checkpoint_id id;
    abort_reason reason;
  };
  std::optional<given_up> aborted;
  std::optional<checkpoint_id> snapshot;
  std::optional<checkpoint_id> recorded;  ///< unaligned: the last barrier is in; recording ends
  bool released = false;                  ///< channels that were held may deliver again
};

/// Decides, from the barriers of a subtask's channels, when its snapshot is due and which channels wait.
/// Pure bookkeeping: whoever uses it holds back the records of waiting channels, and records those of recorded ones.
/// Threading: one subtask.   Source: Chandy and Lamport 1985; Flink, SingleCheckpointBarrierHandler.
class barrier_aligner {
 public:
  barrier_aligner(std::uint32_t channels, alignment mode, finished_channels finished);

  /// Requires: the channel is not held (its elements are not being delivered) and has not ended.
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
  void begin(checkpoint_id id, alignment_step& step);
  void give_up(abort_reason why, alignment_step& step);
  void release(alignment_step& step);
  void complete_if_all_arrived(alignment_step& step);

  std::vector<channel_state> channels_;
  alignment mode_;
  finished_channels finished_;
  std::optional<checkpoint_id> pending_;
  std::optional<checkpoint_id> last_;  ///< the highest id that was completed, aborted or started
};

}  // namespace leat
