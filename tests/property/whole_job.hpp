#pragma once

#include <rapidcheck.h>

#include <leat/core/random.hpp>
#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>

#include <cstdint>
#include <functional>
#include <set>
#include <string>

/// What properties of whole jobs share: any options, runs to the end with and without kills, and the output.
namespace whole_job {

/// Anything in [low, high) from the first try on, where rapidcheck would begin with small numbers: what is to be tested
/// here happens only in jobs that last.
template <class T>
T any_of(T low, T high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}

/// The rows of all committed CSV files of a directory.
inline std::multiset<std::string> committed(leat::file_system& files, const std::string& directory) {
  std::multiset<std::string> lines;
  if (!files.exists(directory)) return lines;
  const auto entries = files.list(directory).value();
  for (const auto& e : entries) {
    if (!e.name.starts_with("part-") || !e.name.ends_with(".csv")) continue;
    const std::string text = files.read_all(directory + "/" + e.name).value();
    for (std::size_t at = text.find('\n') + 1; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      lines.insert(text.substr(at, end - at));
      at = end + 1;
    }
  }
  return lines;
}

inline leat::job_options any_options(leat::file_system& files) {
  leat::job_options o;
  o.parallelism = any_of(1U, 9U);
  o.batch_records_max = any_of<std::size_t>(0, 10);
  o.checkpoint_interval = leat::duration{any_of(1, 3)};
  o.state_files = &files;
  return o;
}

/// Any options, in words for the report of a failure.
inline std::string words(const leat::job_options& o, std::uint64_t seed) {
  return "parallelism " + std::to_string(o.parallelism) + ", batches of " + std::to_string(o.batch_records_max) +
         ", seed " + std::to_string(seed);
}

/// Runs a job to its end.
inline void run_through(const leat::application& app, leat::file_system& files) {
  const auto options = any_options(files);
  const auto seed = any_of<std::uint64_t>(0, 1'000'000);
  RC_LOG(words(options, seed));
  auto job = leat::simulate(app, options, seed);
  if (!job) RC_FAIL(job.error().message());
  const auto report = (*job)->run(1'000'000);
  if (!report) RC_FAIL(report.error().message());
}

/// Runs a job to its end, killed up to four times on the way and gone on with other options, perhaps after a loss of
/// power.
inline void run_with_kills(const leat::application& app, leat::memory_file_system& files) {
  bool done = false;
  for (int starts = 0; !done; ++starts) {
    const auto options = any_options(files);
    const auto seed = any_of<std::uint64_t>(0, 1'000'000);
    const std::uint64_t steps = starts < 4 ? any_of<std::uint64_t>(10, 4000) : 1'000'000;
    RC_LOG(words(options, seed) + ", killed after step " + std::to_string(steps));
    auto job = leat::simulate(app, options, seed);
    if (!job) RC_FAIL(job.error().message());
    const auto report = (*job)->run(steps);
    done = report.has_value();
    if (done) continue;
    RC_ASSERT(report.error().code == leat::errc::cancelled);
    (*job)->kill();
    job->reset();
    leat::random chance{seed};
    if (chance.below(2) == 0) files.lose_power(chance);
  }
}

}  // namespace whole_job
