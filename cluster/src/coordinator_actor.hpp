#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <leat/actors/execution_plan.hpp>
#include <leat/actors/task_actor.hpp>
#include <leat/cluster/job_options.hpp>
#include <leat/cluster/job_status.hpp>

#include "control_messages.hpp"
#include "pace_groups.hpp"

namespace leat {

/// Where tasks run that may wait for a disk or a network: on threads of their own, or with all others.
enum class actor_threads : bool { own_where_blocking, shared };

/// Owns a job: deploys its tasks, takes checkpoints, restarts it after failures, ends it.
///
/// An attempt: load the newest checkpoint, plan, spawn and wire the tasks, start them all, run. Every message of an
/// attempt carries its epoch; what an older one still sends is ignored.
/// A checkpoint: begun at the store, started at the sources, durable once the store has all snapshots, then completed
/// at every task (sinks commit). One at a time.
/// The end: when all sources are at their end, one last checkpoint, after which the tasks stop.
class coordinator_actor final : public ordered_actor {
 public:
  using ended = std::function<void(job_state, std::optional<error>)>;

  /// `graph` outlives the actor. `on_end` is called once, on the actor's thread.
  coordinator_actor(caf::actor_config& cfg, const job_graph* graph, job_options options, actor_threads threads,
                    caf::actor store, std::shared_ptr<job_status> status, ended on_end);
  ~coordinator_actor() override { after_handlers(); }

  [[nodiscard]] const char* name() const override { return "leat.coordinator"; }

 private:
  struct deployed_task {
    std::size_t task = 0;
    subtask_index index;
    caf::actor actor;
  };

  caf::behavior handlers() override;
  void let_go() override;
  void launch_attempt();
  void deploy(const state_loaded& s);
  void wire();
  void ready(const task_ready& r);
  void pace(const source_pace& p);
  [[nodiscard]] std::size_t position(std::size_t task, std::uint32_t index) const;
  void request_checkpoint();
  void begin_checkpoint_now();
  void started(const checkpoint_begun& b);
  void durable(const checkpoint_durable& d);
  void failed(const checkpoint_failed& f);
  void give_up_checkpoint();
  void task_is_down(const caf::down_msg& d);
  void fail_attempt(error e);
  void attempt_is_over();
  void end(job_state s, std::optional<error> why);
  void schedule_checkpoint();
  void set_state(job_state s);

  enum class phase { idle, loading, starting, running, tearing_down, finishing, ended };

  const job_graph* graph_;
  job_options options_;
  actor_threads threads_;
  caf::actor store_;
  std::shared_ptr<job_status> status_;
  ended on_end_;

  phase phase_ = phase::idle;
  leat::epoch epoch_;
  std::unique_ptr<execution_plan> plan_;
  std::vector<deployed_task> tasks_;
  std::size_t tasks_ready_ = 0;
  std::size_t tasks_alive_ = 0;
  std::size_t sources_ = 0;
  std::size_t sources_finished_ = 0;
  pace_groups pace_;
  task_metrics metrics_;

  bool checkpoint_under_way_ = false;
  std::optional<checkpoint_id> checkpoint_;  ///< once the store has given it a number
  std::chrono::nanoseconds checkpoint_began_{0};
  bool checkpoint_is_last_ = false;
  bool stop_requested_ = false;
  std::optional<error> failure_;
};

}  // namespace leat
