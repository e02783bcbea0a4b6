// leat-bench: what the engine costs beside a hand-written loop that does the same work, in the same run.
//
//   leat-bench --benchmark_filter='keyed_sum.*cores:1' --benchmark_format=json
//   leat-bench --rounds=15                                how often loop and engine take turns; 7 unless given
//   leat-bench --quick                                    small sizes, once, to see that everything runs
//
// Each workload alternates between the plain loop and the engine and reports medians; see compare() in measure.hpp.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "workloads.hpp"

namespace {

/// Takes our own arguments out of `arguments`.
bench::effort take_effort(std::vector<char*>& arguments) {
  bench::effort e;
  std::erase_if(arguments, [&e](std::string_view a) {
    constexpr std::string_view rounds = "--rounds=";
    if (a == "--quick") {
      e = {.quick = true, .rounds = 1};
    } else if (a.starts_with(rounds)) {
      std::from_chars(a.data() + rounds.size(), a.data() + a.size(), e.rounds);
    } else {
      return false;
    }
    return true;
  });
  return e;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> arguments{argv, argv + argc};
  const bench::effort e = take_effort(arguments);
  char once[] = "--benchmark_min_time=0";  // a benchmark does its own rounds
  arguments.insert(arguments.begin() + 1, once);
  argc = static_cast<int>(arguments.size());
  benchmark::Initialize(&argc, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(argc, arguments.data())) return 2;
  benchmark::AddCustomContext("commit", LEAT_COMMIT);
  bench::register_stateless(e);
  bench::register_keyed_sum(e);
  bench::register_timers(e);
  bench::register_two_keys(e);
  bench::register_patterns(e);
  bench::register_words(e);
  bench::register_fraud(e);
  bench::register_checkpoints(e);
  bench::register_batch_of_one(e);
  bench::register_memory(e);
  bench::register_windows(e);
  bench::register_joins(e);
  bench::register_latency(e);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
