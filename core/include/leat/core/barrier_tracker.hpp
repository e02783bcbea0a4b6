#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <leat/core/alignment.hpp>
#include <leat/core/ids.hpp>

namespace leat {

/// Counts the barriers of channels that never wait, for at-least-once checkpoints. Several checkpoints may be pending
/// at a time: a slow channel completes the older one even though a fast channel is already at the next. A completed
/// checkpoint silently drops the older pending ones.
/// Threading: one subtask.   Source: Flink, CheckpointBarrierTracker.
class barrier_tracker {
 public:
  /// Pending checkpoints beyond this number are forgotten, the oldest first. Source: Flink, MAX_CHECKPOINTS_TO_TRACK.
  static constexpr std::size_t pending_limit = 50;

  barrier_tracker(std::uint32_t channels, finished_channels finished);

  /// Requires, each: channel < channels, and it has not ended.
  alignment_step take_barrier(std::uint32_t channel, checkpoint_id id);
  alignment_step take_cancellation(std::uint32_t channel, checkpoint_id id);
  alignment_step take_end(std::uint32_t channel);

 private:
  struct pending_checkpoint {
    checkpoint_id id;
    std::uint32_t missing;      ///< channels whose barrier or cancellation has not come
    std::vector<bool> arrived;  ///< by channel
    bool aborted = false;       ///< kept so that its late barriers do not start it again
  };
  [[nodiscard]] std::size_t find(checkpoint_id id) const;
  bool is_new(checkpoint_id id) const { return !newest_ || id > *newest_; }
  std::size_t add(checkpoint_id id);
  void arrive(std::size_t index, std::uint32_t channel, alignment_step& step);
  void abort(pending_checkpoint& p, abort_reason why, alignment_step& step);
  void abort_all(alignment_step& step);
  void count_end(std::uint32_t channel, alignment_step& step);

  std::deque<pending_checkpoint> pending_;  ///< in ascending order of id
  std::vector<bool> ended_;
  std::uint32_t open_;
  finished_channels finished_;
  std::optional<checkpoint_id> newest_;  ///< the highest id ever seen
};

}  // namespace leat
