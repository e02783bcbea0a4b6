#include <leat/core/barrier_aligner.hpp>

#include <leat/core/assert.hpp>

#include <algorithm>

namespace leat {

std::string_view to_string(abort_reason r) {
  switch (r) {
    case abort_reason::subsumed: return "subsumed";
    case abort_reason::cancelled: return "cancelled";
    case abort_reason::end_of_channel: return "end_of_channel";
  }
  return "unknown";
}

barrier_aligner::barrier_aligner(std::uint32_t channels, alignment mode, finished_channels finished)
    : channels_(channels), mode_(mode), finished_(finished) {
  if (mode == alignment::at_least_once) tracker_.emplace(channels, finished);
}

alignment_step barrier_aligner::take_barrier(std::uint32_t channel, checkpoint_id id) {
  require_delivering(channel);
  if (tracker_) return tracker_->take_barrier(channel, id);
  alignment_step step;
  if (pending_ != id) {
    if (newest_ && id <= *newest_) return step;
    begin(id, step);
  }
  channel_state& c = channels_[channel];
  c.held = mode_ == alignment::aligned;
  arrive(c, step);
  return step;
}

alignment_step barrier_aligner::take_cancellation(std::uint32_t channel, checkpoint_id id) {
  require_delivering(channel);
  if (tracker_) return tracker_->take_cancellation(channel, id);
  alignment_step step;
  if (pending_ == id || !newest_ || id > *newest_) give_up(id, abort_reason::cancelled, step);
  return step;
}

alignment_step barrier_aligner::take_end(std::uint32_t channel) {
  require_delivering(channel);
  channel_state& c = channels_[channel];
  c.ended = true;
  if (tracker_) return tracker_->take_end(channel);
  alignment_step step;
  if (!pending_) return step;
  if (finished_ == finished_channels::abort) {
    give_up(*pending_, abort_reason::end_of_channel, step);
  } else {
    arrive(c, step);
  }
  return step;
}

bool barrier_aligner::recorded(std::uint32_t channel) const {
  return mode_ == alignment::unaligned && pending_ && !channels_[channel].arrived && !channels_[channel].ended;
}

void barrier_aligner::require_delivering(std::uint32_t channel) const {
  LEAT_ASSERT(channel < channels_.size(), "no such channel");
  LEAT_ASSERT(!channels_[channel].held, "a held channel delivered something");
  LEAT_ASSERT(!channels_[channel].ended, "a channel delivered something after its end");
}

void barrier_aligner::begin(checkpoint_id id, alignment_step& step) {
  if (pending_) give_up(*pending_, abort_reason::subsumed, step);
  pending_ = id;
  newest_ = id;
  missing_ = 0;
  for (channel_state& c : channels_) {
    c.arrived = false;
    if (!c.ended) ++missing_;
  }
  if (mode_ == alignment::unaligned) step.snapshot = id;
}

void barrier_aligner::give_up(checkpoint_id id, abort_reason why, alignment_step& step) {
  step.aborted.push_back({id, why});
  pending_.reset();
  newest_ = newest_ ? std::max(*newest_, id) : id;
  release(step);
}

void barrier_aligner::release(alignment_step& step) {
  for (channel_state& c : channels_) {
    step.released = step.released || c.held;
    c.held = false;
  }
}

void barrier_aligner::arrive(channel_state& c, alignment_step& step) {
  if (c.arrived) return;
  c.arrived = true;
  if (--missing_ > 0) return;
  (mode_ == alignment::aligned ? step.snapshot : step.recorded) = *pending_;
  pending_.reset();
  release(step);
}

}  // namespace leat
