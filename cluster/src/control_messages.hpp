#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <leat/actors/messages.hpp>
#include <leat/cluster/job_status.hpp>
#include <leat/state/checkpoint_store.hpp>

/// The messages between the coordinator and the store actor, and from the outside to the coordinator.

namespace leat {

/// Coordinator to store: read the newest intact checkpoint. Answered with state_loaded or store_failed.
struct read_state {
  leat::epoch epoch;
};
struct state_loaded {
  leat::epoch epoch;
  std::shared_ptr<const restored_state> state;  ///< null: there is none
  std::optional<std::uint32_t> max_parallelism;
  std::vector<std::string> warnings;
};

/// Coordinator to store: a checkpoint of `subtasks` snapshots begins. Answered with checkpoint_begun, and after the last
/// snapshot with checkpoint_durable; or with checkpoint_failed.
struct begin_checkpoint {
  leat::epoch epoch;
  std::uint32_t max_parallelism = 128;
  std::size_t subtasks = 0;
  std::vector<stored_operator>
      operators;  ///< uids and parallelism, in graph order; the schemas come with the snapshots
  bool finished = false;
};
struct checkpoint_begun {
  leat::epoch epoch;
  leat::barrier barrier;
};
struct checkpoint_durable {
  leat::epoch epoch;
  checkpoint_summary summary;
};
struct checkpoint_failed {
  leat::epoch epoch;
  std::optional<checkpoint_id> id;  ///< empty: it did not even begin
  errc code = errc::io;
  std::string detail;
};
/// Coordinator to store: forget the checkpoint under way.
struct drop_checkpoint {};

/// Store to coordinator: the state cannot be read.
struct store_failed {
  leat::epoch epoch;
  errc code = errc::io;
  std::string detail;
};

/// Outside to coordinator.
struct launch_job {};
struct stop_job {};
/// Coordinator to itself.
struct checkpoint_due {
  leat::epoch epoch;
};
struct checkpoint_overdue {
  leat::epoch epoch;
  checkpoint_id id;
};

}  // namespace leat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::read_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::state_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::begin_checkpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::checkpoint_begun)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::checkpoint_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::checkpoint_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::drop_checkpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::store_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::launch_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::stop_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::checkpoint_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leat::checkpoint_overdue)
