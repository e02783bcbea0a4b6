#pragma once

#include <functional>
#include <memory>

#include <leat/cluster/job_options.hpp>
#include <leat/cluster/job_status.hpp>
#include <leat/core/graph.hpp>
#include <leat/core/result.hpp>

namespace leat {

/// A job that runs in this process, on threads of its own.
///
/// Threading:  any thread may call; one waits.
/// Ownership:  borrows graph and what the options point to until wait() has returned or the object is gone.
class running_job {
 public:
  virtual ~running_job() = default;

  /// Returns when the job has ended: its final report if it finished or was stopped, else why it failed.
  [[nodiscard]] virtual result<job_report> wait() = 0;
  /// Like wait, but at most for `d`; empty if the job still runs. For showing progress in between.
  [[nodiscard]] virtual std::optional<result<job_report>> wait_for(duration d) = 0;
  /// Asks for one more checkpoint and the end; the job can be resumed from it.
  virtual void stop() = 0;
  [[nodiscard]] virtual std::shared_ptr<const job_status> status() const = 0;
};

/// Starts a job: restores it from the newest intact checkpoint of its state directory, if there is one, and runs it
/// until its sources end, it is stopped, or it has failed for good.
/// Errors: what the graph or the options have wrong. What goes wrong later is in wait()'s result.
[[nodiscard]] result<std::unique_ptr<running_job>> start_job(const job_graph& graph, job_options options);

}  // namespace leat
