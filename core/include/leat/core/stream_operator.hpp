#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <leat/core/batch.hpp>
#include <leat/core/clock.hpp>
#include <leat/core/file_system.hpp>
#include <leat/core/ids.hpp>
#include <leat/core/key_group.hpp>
#include <leat/core/result.hpp>
#include <leat/core/snapshot.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// Where an operator's output goes: the next operator of its chain, or channels to other subtasks.
/// Order: what is pushed is seen downstream in the order of the calls.
class output_port {
 public:
  virtual ~output_port() = default;

  /// Hands on the records of `b`. Afterwards `b` is an empty batch of the same type, perhaps another one.
  virtual void push(batch_ptr& b) = 0;
  virtual void push_watermark(watermark w) = 0;
  virtual void push_status(stream_status s) = 0;
};

/// What an operator is told once, before anything else.
struct operator_context {
  std::string uid;
  subtask_index subtask;
  std::uint32_t parallelism = 1;
  std::uint32_t max_parallelism = 128;
  key_group_range groups{0, 127};
  std::size_t batch_records_max = 0;          ///< capacity of output batches; 0: chosen by record size
  std::span<const std::string> side_outputs;  ///< tag names of outputs[1], outputs[2] …
  const clock* time = nullptr;                ///< outlives the operator
  file_system* files = nullptr;               ///< outlives the operator
  /// Has `resume` called soon; for operators whose graph node says `resumes`, else empty. May be called from any
  /// thread, also after the operator is gone: then it does nothing.
  std::function<void()> wake{};
};

/// Figures an operator shows to metrics; read on its own thread between batches.
struct operator_gauges {
  std::uint64_t state_keys = 0;
  std::uint64_t state_bytes = 0;  ///< of the tables, without what values allocate themselves
  std::uint64_t timers = 0;
  std::uint64_t late_records = 0;     ///< dropped as late, without a side output
  std::uint64_t dropped_records = 0;  ///< dropped by another policy, for example malformed rows that are skipped
};

/// A runtime operator: a plain object that is handed batches, watermarks and timer firings.
///
/// Threading:  every member is called from the owning subtask's mailbox, one at a time.
/// Call order: open, [restore*, restored], (process | advance_* | resume | begin_snapshot … | checkpoint_completed)*.
/// Errors:     open and restore return them. Elsewhere what user code throws (std::exception) ends the attempt.
/// Budget:     the advance and drain calls do at most about `budget` units of work and return false if more is left;
///             they are called again with the same arguments before any other input. So a million timers due at one
///             watermark, or a large snapshot, never stall the actor.
class stream_operator {
 public:
  virtual ~stream_operator() = default;

  /// `outputs[0]` is the main output, then the side outputs in the order of the graph node. They outlive the operator.
  virtual result<void> open(const operator_context& context, std::span<output_port* const> outputs) = 0;

  /// Takes the records of `b`, which came in through `input`; may change it, must leave an empty batch of the same
  /// type. Everything that results is pushed before it returns.
  virtual void process(std::uint32_t input, batch_ptr& b) = 0;

  /// The combined watermark of all inputs has advanced to `w`: fires what is due, then pushes the watermark on.
  [[nodiscard]] virtual bool advance_watermark(watermark w, std::size_t budget) = 0;
  virtual void change_status(stream_status s) = 0;

  /// The clock shows `now`: fires processing-time timers that are due.
  [[nodiscard]] virtual bool advance_processing_time(processing_time now, std::size_t budget);
  /// When advance_processing_time must be called next; empty if never.
  [[nodiscard]] virtual std::optional<processing_time> next_processing_time() const;

  /// Of operators whose graph node says `resumes`, called before each piece of work: takes over what other threads have
  /// left for it since, and pushes what results.
  virtual void resume();
  /// Whether it takes input, and is to advance its watermark. If not, it is handed neither until what it waits for has
  /// come by resume or by advance_processing_time. Requires for false: the graph node says `resumes`.
  [[nodiscard]] virtual bool ready() const;

  /// What this operator stores.
  [[nodiscard]] virtual operator_schema stored() const;
  /// Takes the operator's state as of now. Small state is written at once; tables are marked and written by
  /// drain_snapshot while processing goes on (what changes meanwhile is written first, as it was).
  /// `to` stays valid until drained or abandoned.
  virtual void begin_snapshot(checkpoint_id id, snapshot_kind kind, snapshot_sink& to);
  [[nodiscard]] virtual bool drain_snapshot(std::size_t budget);
  /// The checkpoint came to nothing; the next one will be full.
  virtual void abandon_snapshot();
  /// The checkpoint is durable: a sink commits what it prepared in or before it.
  virtual void checkpoint_completed(checkpoint_id id);

  /// One chunk of the checkpoint this attempt starts from, in the order they were written. Keyed chunks may hold keys
  /// of other subtasks; they are passed over. `schema` is what the checkpoint says about this operator.
  virtual result<void> restore(chunk_kind kind, std::string_view bytes, const operator_schema& schema);
  /// All chunks have been handed over; called at every start, with no id when nothing was restored.
  virtual result<void> restored(std::optional<checkpoint_id> from);

  [[nodiscard]] virtual operator_gauges gauges() const;
};

/// What a source says after a poll.
struct poll_result {
  enum class state {
    more,      ///< call again when there is credit
    waiting,   ///< nothing before `until`
    finished,  ///< nothing will ever come; the final watermark has been pushed
  };
  state next = state::more;
  processing_time until{};
};

/// How far a source is, for the others of its pace group.
struct pace_report {
  /// Its watermark, none() before the first; empty while it does not count: it is idle, or at its end.
  std::optional<watermark> reached;
  bool operator==(const pace_report&) const = default;
};

/// An operator without input. Its position is part of its snapshot, so that a restart continues exactly behind the
/// last record that the checkpoint covers.
class source_operator : public stream_operator {
 public:
  /// Produces about one batch of records into the main output, with the watermark that follows from them.
  virtual poll_result poll() = 0;
  /// Share of finite input that has been read, 0 to 1; empty if unknown.
  [[nodiscard]] virtual std::optional<double> progress() const { return std::nullopt; }

  /// Of a source in a pace group: how far it is, once that has changed enough to be told.
  [[nodiscard]] virtual std::optional<pace_report> take_pace_report();
  /// How far the slowest of the group is; end() if none counts. It may also have fallen back.
  virtual void keep_pace(watermark slowest);

  void process(std::uint32_t, batch_ptr&) final;
  [[nodiscard]] bool advance_watermark(watermark, std::size_t) final { return true; }
  void change_status(stream_status) final {}
};

}  // namespace leat
