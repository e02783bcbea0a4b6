#include <leat/core/barrier_tracker.hpp>

#include <leat/core/assert.hpp>

#include <algorithm>
#include <utility>

namespace leat {

barrier_tracker::barrier_tracker(std::uint32_t channels, finished_channels finished)
    : ended_(channels), open_(channels), finished_(finished) {}

alignment_step barrier_tracker::take_barrier(std::uint32_t channel, checkpoint_id id) {
  LEAT_ASSERT(channel < ended_.size() && !ended_[channel], "no such channel, or it has ended");
  alignment_step step;
  std::size_t index = find(id);
  if (index == pending_.size()) {
    if (!is_new(id)) return step;
    index = add(id);
  }
  arrive(index, channel, step);
  return step;
}

alignment_step barrier_tracker::take_cancellation(std::uint32_t channel, checkpoint_id id) {
  LEAT_ASSERT(channel < ended_.size() && !ended_[channel], "no such channel, or it has ended");
  alignment_step step;
  while (!pending_.empty() && pending_.front().id < id) {
    abort(pending_.front(), abort_reason::cancelled, step);
    pending_.pop_front();
  }
  std::size_t index = find(id);
  if (index == pending_.size()) {
    if (!is_new(id)) return step;
    index = add(id);
  }
  abort(pending_[index], abort_reason::cancelled, step);
  arrive(index, channel, step);
  return step;
}

alignment_step barrier_tracker::take_end(std::uint32_t channel) {
  LEAT_ASSERT(channel < ended_.size() && !ended_[channel], "no such channel, or it has ended");
  alignment_step step;
  ended_[channel] = true;
  --open_;
  if (finished_ == finished_channels::abort) {
    abort_all(step);
  } else {
    count_end(channel, step);
  }
  return step;
}

std::size_t barrier_tracker::find(checkpoint_id id) const {
  const auto same = [id](const pending_checkpoint& p) { return p.id == id; };
  return static_cast<std::size_t>(std::find_if(pending_.begin(), pending_.end(), same) - pending_.begin());
}

std::size_t barrier_tracker::add(checkpoint_id id) {
  newest_ = id;
  pending_.push_back({id, open_, std::vector<bool>(ended_.size()), false});
  if (pending_.size() > pending_limit) pending_.pop_front();
  return pending_.size() - 1;
}

/// Notes a channel for one checkpoint. When none is missing, the checkpoint and all older ones are over.
void barrier_tracker::arrive(std::size_t index, std::uint32_t channel, alignment_step& step) {
  pending_checkpoint& p = pending_[index];
  if (p.arrived[channel]) return;
  p.arrived[channel] = true;
  if (--p.missing > 0) return;
  if (!p.aborted) step.snapshot = p.id;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(index) + 1);
}

void barrier_tracker::abort(pending_checkpoint& p, abort_reason why, alignment_step& step) {
  if (!std::exchange(p.aborted, true)) step.aborted.push_back({p.id, why});
}

void barrier_tracker::abort_all(alignment_step& step) {
  for (pending_checkpoint& p : pending_) abort(p, abort_reason::end_of_channel, step);
  pending_.clear();
}

/// The newest checkpoint that waited only for this channel completes and drops the older ones.
void barrier_tracker::count_end(std::uint32_t channel, alignment_step& step) {
  for (std::size_t index = pending_.size(); index-- > 0;) {
    const std::size_t before = pending_.size();
    arrive(index, channel, step);
    if (pending_.size() < before) return;
  }
}

}  // namespace leat
