#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include <leat/cluster/job_options.hpp>
#include <leat/cluster/job_status.hpp>
#include <leat/core/graph.hpp>
#include <leat/core/result.hpp>

namespace leat {

/// A job that runs in the calling thread, message by message, in virtual time, in an order drawn from a seed. The same
/// seed gives the same run, whatever the machine does; other seeds give other orders of what happens concurrently.
///
/// At each step one actor that has a message takes one; which, the seed decides. Time stands still while it does; it
/// jumps to the next timeout when no actor has a message, and now and then a millisecond passes before that.
///
/// Threading: one thread; the job gets no other. Functions, sources and sinks must not wait for other threads, and must
/// take time and files from where Leat hands them in, otherwise runs differ.
/// Source: FoundationDB's simulation; CAF, scheduler::test_coordinator.
class simulation {
 public:
  virtual ~simulation() = default;

  /// Lets one actor take one message, or time pass. False if the job had ended before.
  virtual bool step() = 0;
  /// Steps until the job has ended: its final report if it finished or was stopped, else why it failed.
  /// Errors: cancelled if it has not ended after `steps_max`, or if the process died.
  virtual result<job_report> run(std::uint64_t steps_max = std::numeric_limits<std::uint64_t>::max()) = 0;
  /// Asks for one more checkpoint and the end.
  virtual void stop() = 0;
  /// The end of the process, as by kill -9: nothing runs any more, nothing reaches the files. What was appended but not
  /// synced is still the file system's affair: see memory_file_system::lose_power.
  virtual void kill() = 0;

  [[nodiscard]] virtual std::uint64_t steps() const = 0;
  /// A hash of which actor took which kind of message when, over all steps so far.
  [[nodiscard]] virtual std::uint64_t trace() const = 0;
  [[nodiscard]] virtual processing_time now() const = 0;
  [[nodiscard]] virtual std::shared_ptr<const job_status> status() const = 0;
};

/// Prepares a simulated run of a job. `options.threads` and `options.time` have no effect: there is one thread and
/// virtual time, which begins at 1 700 000 000 000 ms. The options' files should be a memory_file_system; the host's
/// are used otherwise.
/// Ownership: borrows graph and files.
/// Errors: what the graph or the options have wrong.
[[nodiscard]] result<std::unique_ptr<simulation>> simulate_job(const job_graph& graph, job_options options,
                                                               std::uint64_t seed);

}  // namespace leat
