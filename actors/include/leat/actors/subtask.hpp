#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <leat/actors/element.hpp>
#include <leat/actors/execution_plan.hpp>
#include <leat/actors/input_gate.hpp>
#include <leat/actors/output_channel.hpp>
#include <leat/actors/task_metrics.hpp>
#include <leat/core/clock.hpp>
#include <leat/core/file_system.hpp>
#include <leat/core/stream_operator.hpp>

namespace leat {

/// How a subtask speaks to the rest of the world. Implemented by the actor that hosts it.
class subtask_port {
 public:
  virtual ~subtask_port() = default;
  virtual void send(std::uint32_t output_channel, element e) = 0;
  virtual void send_credit(channel_index input_channel, std::vector<batch_ptr> emptied) = 0;
  virtual void send_chunk(checkpoint_id id, snapshot_chunk chunk) = 0;
  /// All chunks of a checkpoint have been sent.
  virtual void snapshot_taken(checkpoint_id id, std::vector<operator_schema> schemas) = 0;
  virtual void source_finished() = 0;
  virtual void send_pace(pace_report report) = 0;
  /// What has `run` called soon, from any thread; does nothing once the port is gone.
  [[nodiscard]] virtual std::function<void()> waker() = 0;
};

/// What is the same for all subtasks of an attempt.
struct subtask_settings {
  leat::epoch epoch;
  alignment mode = alignment::aligned;
  std::size_t batch_records_max = 0;  ///< 0: chosen by record size
  const clock* time = nullptr;
  file_system* files = nullptr;
};

/// The runtime of one parallel instance of a task: its operators, input gate and output channels. A plain object: it
/// does its work in `run`, which the hosting actor calls after every message, and never waits.
///
/// Call order: open, restore*, start, then any of the others in any order, each followed by run.
/// Errors:     what operators throw leaves `run` and the other calls; the attempt is over then.
class subtask {
 public:
  subtask(const job_graph& graph, const execution_plan& plan, std::size_t task, subtask_index index,
          subtask_settings settings, subtask_port& port);
  ~subtask();
  subtask(const subtask&) = delete;
  subtask& operator=(const subtask&) = delete;

  [[nodiscard]] result<void> open();
  /// Hands a chunk to its operator if that lives here.
  [[nodiscard]] result<void> restore(const snapshot_chunk& chunk, const operator_schema& schema);
  [[nodiscard]] result<void> start(std::optional<checkpoint_id> from);

  void take(element e) { gate_.arrive(std::move(e)); }
  void take(credit c) { channels_[c.output_channel].take_credit(std::move(c.emptied)); }
  void chunk_stored() { --chunks_unstored_; }
  /// For sources: take the snapshot now and send the barrier. The final one comes when every source is at its end.
  void start_checkpoint(const barrier& b) { requested_ = b; }
  /// For sources of a pace group: how far the slowest is.
  void keep_pace(watermark slowest);
  void complete_checkpoint(checkpoint_id id);
  void abandon_checkpoint(checkpoint_id id);

  enum class progress {
    waiting,  ///< nothing to do until something arrives or the clock reaches wake_at()
    more,     ///< call run again soon
  };
  /// Works for about `elements_max` elements.
  progress run(std::size_t elements_max);
  /// When run must be called even if nothing arrives.
  [[nodiscard]] std::optional<processing_time> wake_at() const;

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] subtask_index index() const { return index_; }
  [[nodiscard]] const task_metrics& metrics() const { return metrics_; }
  [[nodiscard]] std::uint32_t input_channels() const { return gate_.channels(); }

 private:
  struct hosted;
  class chain_port;
  class link_port;
  class fan_out;
  class chunk_sink;

  void make_outputs(const job_graph& graph, const execution_plan& plan);
  [[nodiscard]] bool outputs_ready() const;
  void process(element& e);
  void process_valve(const valve_output& o);
  void take_snapshot(const barrier& b);
  void continue_snapshot();
  [[nodiscard]] bool snapshot_can_go_on() const;
  void poll();
  /// Goes on with watermarks and timers under way; false when there is nothing of the kind.
  bool advance();
  void look_at_clock();
  void finish_run(bool blocked);
  void book_blocked_time();
  void publish();
  void return_credits();

  const planned_task& task_;
  subtask_index index_;
  subtask_settings settings_;
  subtask_port& port_;
  input_gate gate_;
  std::vector<std::unique_ptr<hosted>> operators_;
  std::vector<output_channel> channels_;
  std::vector<std::unique_ptr<output_port>> ports_;
  std::vector<link_port*> links_;
  std::vector<std::vector<batch_ptr>> emptied_;  ///< per input channel, to be returned
  task_metrics metrics_;

  std::size_t watermarks_pending_ = 0;
  std::optional<processing_time> timers_due_;  ///< processing-time timers up to here are being fired
  std::size_t timers_cursor_ = 0;
  std::optional<barrier> requested_;
  std::optional<checkpoint_id> draining_;
  std::size_t drain_cursor_ = 0;
  std::size_t chunks_unstored_ = 0;
  poll_result polled_;
  bool started_ = false;
  bool resumes_ = false;  ///< the first operator does
  std::optional<std::chrono::nanoseconds> blocked_since_;
};

}  // namespace leat
