#pragma once

#include <benchmark/benchmark.h>
#include <sched.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// How much of each workload is run, and how often.
struct effort {
  bool quick = false;  ///< small sizes, once: only to see that everything runs
  std::size_t rounds = 7;
};

/// Time spent between two moments.
struct interval {
  double wall_s = 0;
  double cpu_s = 0;  ///< of all threads of the process
};

/// A moment on the wall and on the processor clock of this process.
struct stamp {
  double wall_s = 0;
  double cpu_s = 0;
  static stamp now();
  [[nodiscard]] interval until(const stamp& end) const { return {end.wall_s - wall_s, end.cpu_s - cpu_s}; }
};

/// Ties this thread, and the threads it starts, to the cores `first` to `last`, for as long as this lives.
class pinned {
 public:
  pinned(std::size_t first, std::size_t last);
  ~pinned();
  pinned(const pinned&) = delete;
  pinned& operator=(const pinned&) = delete;

 private:
  cpu_set_t before_;
};

/// Watches, from its construction on, whether other processes take part of the machine.
class disturbance {
 public:
  disturbance();
  /// Whether others have had more than 5 % of the machine so far.
  [[nodiscard]] bool noticed() const;

 private:
  double busy_s_;
  stamp begin_;
};

/// One run of a workload: how many records were processed in which time, and what came out.
struct measured {
  double records = 0;
  interval took;
  std::uint64_t checksum = 0;
  std::string failure;  ///< empty: none
};

[[nodiscard]] double median(std::vector<double> values);

/// Runs the plain loop and the engine in turn, once each per round, and reports the medians over the rounds:
///
///   records_per_second, plain_records_per_second, ratio   per second of processor time on one core, where the process
///                                                         has a core to itself that others may also use; per second
///                                                         of wall time on two, where waiting is part of the matter
///   wall_ratio, cpu_ratio                                 the ratio by the one and by the other clock
///   ratio_low, ratio_high                                 the spread of the ratio over the rounds
///   cores_used, plain_cores_used                          processor time per wall time; below `cores`, others had the
///                                                         machine, or a thread was waiting
///   disturbed                                             whether other processes took part of the machine
///
/// A round is disturbed if other processes had more than 5 % of the machine meanwhile; it is run again, on
/// average at most twice, and counts only if no round was undisturbed. A single round is taken as it is. Different checksums are an error.
void compare(benchmark::State& state, std::size_t cores, std::size_t rounds, const std::function<measured()>& plain,
             const std::function<measured()>& engine);

/// Registers a benchmark, which does its rounds within one iteration.
void add(const std::string& name, std::function<void(benchmark::State&)> run);

}  // namespace bench
