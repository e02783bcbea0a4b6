#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <leat/cluster/restart_strategy.hpp>
#include <leat/core/barrier_aligner.hpp>
#include <leat/core/clock.hpp>
#include <leat/core/file_system.hpp>

namespace leat {

/// How a job is run, apart from what it computes.
struct job_options {
  std::string application;                       ///< whose state it is; a state directory belongs to one application
  std::string state_directory;                   ///< where checkpoints lie
  std::uint32_t parallelism = 1;                 ///< of operators that do not say otherwise
  std::optional<std::uint32_t> max_parallelism;  ///< number of key groups; empty: what the state says, else a default
  std::optional<duration> checkpoint_interval;   ///< empty: only the final checkpoint
  duration checkpoint_timeout = std::chrono::minutes{10};
  std::size_t checkpoints_retained = 3;
  alignment mode = alignment::aligned;
  std::size_t batch_records_max = 0;  ///< 0: chosen by record size
  std::size_t threads = 0;            ///< of the actor scheduler; 0: one per core
  restart_strategy restarts = restart_strategy::fixed_delay(3, std::chrono::seconds{1});
  const clock* time = nullptr;         ///< null: the host's
  file_system* state_files = nullptr;  ///< where the state directory is; null: the host's
  file_system* files = nullptr;        ///< what sources and sinks use; null: the host's
};

}  // namespace leat
