#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <leat/actors/messages.hpp>
#include <leat/actors/ordered_actor.hpp>
#include <leat/actors/subtask.hpp>

namespace leat {

/// Hosts a subtask: turns messages into calls, and what the subtask says into messages. Its mailbox is the only thread
/// of the subtask's state.
///
/// Life: wire_task, start_task → task_ready, run_task, then elements, credits and checkpoints until stop_task or an exit
/// message. After a failure it reports task_failed once and ignores everything but these two.
class task_actor final : public ordered_actor, private subtask_port {
 public:
  /// `graph` and `plan` outlive the actor.
  task_actor(caf::actor_config& cfg, caf::actor coordinator, const job_graph* graph, const execution_plan* plan,
             std::size_t task, subtask_index index, subtask_settings settings);
  ~task_actor() override { after_handlers(); }

  [[nodiscard]] const char* name() const override { return "leat.task"; }

 private:
  caf::behavior handlers() override;
  void let_go() override;
  void send(std::uint32_t output_channel, element e) override;
  void send_credit(channel_index input_channel, std::vector<batch_ptr> emptied) override;
  void send_chunk(checkpoint_id id, snapshot_chunk chunk) override;
  void snapshot_taken(checkpoint_id id, std::vector<operator_schema> schemas) override;
  void source_finished() override;
  void send_pace(pace_report report) override;
  [[nodiscard]] std::function<void()> waker() override;

  void start(const start_task& s);
  void begin();
  /// Runs `action` and then the subtask; what they throw ends the attempt.
  template <class Action>
  void attempt(Action&& action);
  void work();
  void sleep_until_due();
  void fail(errc code, std::string detail);

  /// Through which threads outside reach the actor; they may outlive it and its actor system.
  struct door;

  enum class phase { starting, running, failed };

  caf::actor coordinator_;
  std::size_t task_;
  subtask_settings settings_;
  std::unique_ptr<subtask> subtask_;
  wire_task wires_;
  phase phase_ = phase::starting;
  bool continue_sent_ = false;
  std::shared_ptr<door> door_;
  std::uint64_t wake_generation_ = 0;
  std::optional<processing_time> wake_at_;
};

}  // namespace leat
