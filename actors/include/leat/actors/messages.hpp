#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <leat/actors/element.hpp>
#include <leat/actors/task_metrics.hpp>
#include <leat/core/result.hpp>
#include <leat/core/snapshot.hpp>
#include <leat/core/stream_operator.hpp>

/// The messages between the actors of one process. They carry pointers and are never put on a wire.

namespace leat {

/// The actors around a subtask; sent once, before anything else.
struct wire_task {
  struct receiver {
    caf::actor to;
    channel_index channel;  ///< as the receiver counts
  };
  struct sender {
    caf::actor from;
    std::uint32_t output_channel = 0;  ///< as the sender counts
  };
  std::vector<receiver> outputs;  ///< per output channel
  std::vector<sender> inputs;     ///< per input channel
  caf::actor store;
};

/// State of a checkpoint, shared by all subtasks, each of which takes what is its own.
struct restored_state {
  struct piece {
    snapshot_chunk chunk;
    std::shared_ptr<const operator_schema> written_as;
  };
  checkpoint_id from;
  std::vector<piece> pieces;  ///< in the order they were written
};

/// Opens the operators, restores them if there is something to restore. Answered with task_ready or task_failed.
struct start_task {
  std::shared_ptr<const restored_state> state;  ///< may be null
};
struct task_ready {
  leat::epoch epoch;
  task_metrics metrics;
};
/// All subtasks are ready: begin.
struct run_task {};
/// The job is complete or given up: end.
struct stop_task {};

struct task_failed {
  leat::epoch epoch;
  std::string task;
  subtask_index subtask;
  errc code = errc::user_code;
  std::string detail;
};
/// A source subtask is at the end of its input.
struct source_finished {
  leat::epoch epoch;
};

/// A source subtask of a pace group says how far it is; what it does not say is as at the start, watermark::none().
struct source_pace {
  leat::epoch epoch;
  std::size_t task = 0;
  subtask_index subtask;
  pace_report report;
};
/// How far the slowest of a source's pace group is.
struct keep_pace {
  watermark slowest;
};

struct start_checkpoint {
  leat::barrier barrier;
};
struct complete_checkpoint {
  checkpoint_id id;
};
struct abandon_checkpoint {
  checkpoint_id id;
};

/// Subtask to store: a piece of its snapshot; answered with chunk_stored.
struct store_chunk {
  leat::epoch epoch;
  checkpoint_id id;
  snapshot_chunk chunk;
};
struct chunk_stored {};
/// Subtask to store, behind its last chunk; the store passes it on to the coordinator once they are written.
struct snapshot_taken {
  leat::epoch epoch;
  checkpoint_id id;
  std::vector<operator_schema> schemas;
};

/// Actor to itself: go on.
struct continue_task {};
/// From a thread outside: an operator is to resume.
struct resume_task {};
/// Actor to itself: the clock has reached a time it asked for.
struct wake {
  std::uint64_t generation = 0;
};

}  // namespace leat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::element)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::credit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::wire_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::start_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::task_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::run_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::stop_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::task_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::source_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::source_pace)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::keep_pace)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::start_checkpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::complete_checkpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::abandon_checkpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::store_chunk)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::chunk_stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::snapshot_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::continue_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::resume_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::wake)
