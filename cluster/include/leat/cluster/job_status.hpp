#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <leat/actors/task_metrics.hpp>
#include <leat/core/ids.hpp>
#include <leat/core/result.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// Where a job is in its life.
enum class job_state { starting, running, restarting, stopping, finished, stopped, failed };
[[nodiscard]] std::string_view to_string(job_state s);

/// A checkpoint that is complete.
struct checkpoint_report {
  checkpoint_id id;
  duration taken{0};  ///< from its start until it was durable
  processing_time completed;
  std::uint64_t bytes_new = 0;
  std::uint64_t bytes_total = 0;
  std::string path;
};

/// What is known of a job at one moment.
struct job_report {
  job_state state = job_state::starting;
  leat::epoch epoch;
  std::uint64_t restarts = 0;
  std::uint64_t checkpoints_completed = 0;
  std::uint64_t checkpoints_failed = 0;
  std::optional<checkpoint_id> restored_from;
  std::optional<checkpoint_report> last_checkpoint;
  std::optional<error> last_failure;
  task_metrics operators;  ///< of the present attempt
};

/// The job's present, shared between the coordinator, which writes it, and whoever shows it.
/// Threading: any thread; guarded by its own mutex.
class job_status {
 public:
  [[nodiscard]] job_report read() const {
    const std::lock_guard hold{mutex_};
    return report_;
  }
  template <class Change>
  void change(Change&& apply) {
    const std::lock_guard hold{mutex_};
    apply(report_);
  }

 private:
  mutable std::mutex mutex_;
  job_report report_;  ///< guarded by mutex_
};

}  // namespace leat
