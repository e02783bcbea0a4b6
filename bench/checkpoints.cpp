// Keyed sums with a checkpoint to disk every second, beside the same without; and one record per batch.

#include <leat/cluster/run_job.hpp>

#include "keyed_sum.hpp"
#include "scratch_directory.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

/// What the checkpoints of one run came to.
struct checkpoint_tally {
  double count = 0;
  double bytes = 0;
  double longest_s = 0;
};

/// Waits for the job and adds up the checkpoints of its timed part on the way.
std::string await(leat::running_job& job, checkpoint_tally& tally) {
  std::uint64_t seen = 0;
  for (;;) {
    const auto end = job.wait_for(std::chrono::milliseconds{50});
    if (end) return *end ? std::string{} : end->error().detail;
    const leat::job_report report = job.status()->read();
    if (report.checkpoints_completed == seen || !report.last_checkpoint) continue;
    tally.count += static_cast<double>(report.checkpoints_completed - seen);
    seen = report.checkpoints_completed;
    tally.bytes += static_cast<double>(report.last_checkpoint->bytes_new);
    tally.longest_s = std::max(tally.longest_s, static_cast<double>(report.last_checkpoint->taken.count()) / 1000);
  }
}

measured with_checkpoints(const record_maker& make, std::uint32_t cores, std::uint64_t records,
                          checkpoint_tally& tally) {
  const scratch_directory directory;
  leat::job_options options = options_for(cores);
  options.application = "keyed-sum/run";
  options.state_directory = directory.path();
  options.checkpoint_interval = std::chrono::seconds{1};
  finish_line line{make.warm_up() * cores, records};
  leat::application app{"keyed-sum"};
  describe_sums(app, make, cores, records, line);
  const pinned here{0, cores - 1};
  auto job = leat::start_job(app.graph(), options);
  measured m;
  if (!job) {
    m.failure = job.error().detail;
    return m;
  }
  const std::string failure = await(**job, tally);
  m = line.result(static_cast<double>(records));
  if (!failure.empty()) m.failure = failure;
  return m;
}

/// Reports as compare() does; the plain loop's place is taken by the engine without checkpoints for `cost`: how much
/// longer a run takes with them.
void run(benchmark::State& state, std::uint64_t keys, std::uint32_t cores, std::uint64_t records, std::size_t rounds) {
  const record_maker make{keys, cores};
  std::vector<double> costs;
  std::vector<double> cpu_costs;
  checkpoint_tally tally;
  measured without;
  compare(
      state, cores, rounds,
      [&] {
        without = engine_sums(make, cores, records, options_for(cores));
        return cores == 1 ? plain_sums(make, records) : plain_sums_on_two(make, records);
      },
      [&] {
        tally = {};
        const measured with = with_checkpoints(make, cores, records, tally);
        costs.push_back(with.took.wall_s / with.records / (without.took.wall_s / without.records) - 1);
        cpu_costs.push_back(with.took.cpu_s / with.records / (without.took.cpu_s / without.records) - 1);
        return with;
      });
  state.counters["cost"] = median(cores == 1 ? cpu_costs : costs);
  state.counters["wall_cost"] = median(costs);
  state.counters["cpu_cost"] = median(cpu_costs);
  state.counters["checkpoints"] = tally.count;
  state.counters["checkpoint_bytes"] = tally.count == 0 ? 0 : tally.bytes / tally.count;
  state.counters["checkpoint_longest_s"] = tally.longest_s;
}

void run_batch_of_one(benchmark::State& state, std::uint64_t records, std::size_t rounds) {
  const record_maker make{100'000, 1};
  compare(
      state, 1, rounds, [&] { return plain_sums(make, records); },
      [&] {
        leat::job_options options = options_for(1);
        options.batch_records_max = 1;
        return engine_sums(make, 1, records, options);
      });
}

}  // namespace

void register_checkpoints(const effort& e) {
  for (const std::uint64_t keys : {100'000U, 1'000'000U, 10'000'000U}) {
    if (e.quick && keys > 100'000) break;
    const std::uint64_t records = e.quick ? 400'000 : keys == 100'000 ? 400'000'000 : 200'000'000;
    for (const std::uint32_t cores : {1U, 2U})
      add("checkpoints/keys:" + std::to_string(keys) + "/cores:" + std::to_string(cores), [=](benchmark::State& state) {
        run(state, keys, cores, keys + records * cores, std::min<std::size_t>(e.rounds, 3));
      });
  }
}

void register_batch_of_one(const effort& e) {
  const std::uint64_t records = e.quick ? 50'000 : 2'000'000;
  add("batch_of_one/keys:100000/cores:1",
      [=](benchmark::State& state) { run_batch_of_one(state, 100'000 + records, e.rounds); });
}

}  // namespace bench
