#include <leat/core/barrier_aligner.hpp>

#include <deque>

#include "operator_harness.hpp"

namespace leat::conformance {
namespace {

alignment mode_of(const json& oper) {
  const auto name = oper.at("mode").get<std::string>();
  if (name == "aligned") return alignment::aligned;
  if (name == "unaligned") return alignment::unaligned;
  if (name == "at_least_once") return alignment::at_least_once;
  throw unsupported("barrier mode '" + name + "'");
}

finished_channels finished_of(const json& oper) {
  const auto name = oper.at("finished_channels").get<std::string>();
  if (name == "count_as_barrier") return finished_channels::count_as_barrier;
  if (name == "abort") return finished_channels::abort;
  throw unsupported("finished_channels '" + name + "'");
}

/// Does what the aligner's contract leaves to its user: holds back what a held channel delivers, and keeps what belongs
/// to the checkpoint's channel state.
class barrier_harness final : public operator_harness {
 public:
  barrier_harness(std::uint32_t channels, alignment mode, finished_channels finished)
      : mode_(mode), aligner_(channels, mode, finished), waiting_(channels), ended_(channels) {}

  outputs take_step(const json& step) override {
    const std::string kind = kind_of(step);
    const json& event = step.at(kind);
    waiting_.at(event.at("channel").get<std::uint32_t>()).push_back({kind, event});
    emitted_.clear();
    deliver_all();
    if (mode_ == alignment::aligned && kind != "data") emitted_.push_back({{"blocked", held_channels()}});
    return emitted_;
  }

 private:
  struct arrival {
    std::string kind;
    json event;
  };

  /// Channel by channel, each as far as it is not held; from the first again whenever channels are released.
  void deliver_all() {
    for (std::uint32_t channel = 0; channel < waiting_.size();) {
      if (waiting_[channel].empty() || aligner_.held(channel)) {
        ++channel;
        continue;
      }
      const arrival next = std::move(waiting_[channel].front());
      waiting_[channel].pop_front();
      if (deliver(channel, next)) channel = 0;
    }
  }

  /// Whether channels were released.
  bool deliver(std::uint32_t channel, const arrival& a) {
    if (ended_.at(channel)) throw std::invalid_argument("something arrives on an ended channel: " + a.event.dump());
    if (a.kind == "data") {
      const json& id = a.event.at("id");
      if (aligner_.recorded(channel)) channel_state_[std::to_string(channel)].push_back(id);
      emitted_.push_back({{"deliver", id}, {"channel", channel}});
      return false;
    }
    const alignment_step step = take(channel, a);
    show(step);
    return step.released;
  }

  alignment_step take(std::uint32_t channel, const arrival& a) {
    if (a.kind == "end_of_channel") {
      ended_[channel] = true;
      return aligner_.take_end(channel);
    }
    const checkpoint_id id{a.event.at("checkpoint").get<std::uint64_t>()};
    if (a.kind == "barrier") return aligner_.take_barrier(channel, id);
    if (a.kind == "cancel") return aligner_.take_cancellation(channel, id);
    throw unsupported("step " + a.kind);
  }

  void show(const alignment_step& step) {
    for (const auto& a : step.aborted) {
      emitted_.push_back({{"abort", a.id.value()}, {"reason", std::string{to_string(a.reason)}}});
    }
    if (step.snapshot) emitted_.push_back({{"snapshot", step.snapshot->value()}});
    if (!step.aborted.empty() || step.snapshot) channel_state_ = json::object();
    if (step.recorded) emitted_.push_back({{"complete", step.recorded->value()}, {"channel_state", channel_state_}});
  }

  [[nodiscard]] json held_channels() const {
    json list = json::array();
    for (std::uint32_t channel = 0; channel < waiting_.size(); ++channel) {
      if (aligner_.held(channel)) list.push_back(channel);
    }
    return list;
  }

  alignment mode_;
  barrier_aligner aligner_;
  std::vector<std::deque<arrival>> waiting_;  ///< by channel: arrived, not delivered
  std::vector<bool> ended_;
  json channel_state_ = json::object();  ///< recorded for the pending checkpoint: channel → ids
  outputs emitted_;
};

const operator_registration known{"barrier_handling", [](const json& oper) -> std::unique_ptr<operator_harness> {
                                    return std::make_unique<barrier_harness>(oper.at("channels").get<std::uint32_t>(),
                                                                             mode_of(oper), finished_of(oper));
                                  }};

}  // namespace
}  // namespace leat::conformance
