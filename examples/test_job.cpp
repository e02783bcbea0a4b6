/// Tests a whole job in one thread and in virtual time: in an order that a seed draws, killed and started again.
///
/// Run:  build/bin/test_job
/// See:  "ok" after 50 seeds; or the seed that fails, which fails again in the same way whenever it is tried.

#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>

#include <cstdio>
#include <set>

struct payment {
  std::uint64_t account;
  std::int64_t cents;
  LEAT_FIELDS(account, cents);
};

// [snippet: job]
/// What is tested: running totals, the same code as in production but for the source.
void describe(leat::application& app) {
  const auto payments = leat::generate(std::uint64_t{0}, [](std::uint64_t& n) {
                          ++n;
                          return payment{n % 7, static_cast<std::int64_t>(n % 10)};
                        }).limit(1000);
  app.source("payments", payments)
      .key_by(&payment::account)
      .reduce("totals",
              [](const payment& so_far, const payment& p) { return payment{p.account, so_far.cents + p.cents}; })
      .sink("files", leat::csv_sink<payment>("totals"));
}
// [end]

/// The rows that the sink has committed.
std::multiset<std::string> rows(leat::file_system& files) {
  std::multiset<std::string> all;
  const auto entries = files.list("totals").value();
  for (const auto& entry : entries) {
    if (entry.name.starts_with(".")) continue;
    const std::string text = files.read_all("totals/" + entry.name).value();
    for (auto from = text.find('\n') + 1; from < text.size(); from = text.find('\n', from) + 1)
      all.insert(text.substr(from, text.find('\n', from) - from));
  }
  return all;
}

// [snippet: run]
/// Runs the job to its end, killed `kills` times on the way, each time with loss of power.
std::multiset<std::string> run(std::uint64_t seed, int kills) {
  leat::random chance{seed};
  leat::memory_file_system disk;  // of the state directory and of the sink
  leat::job_options options;
  options.state_files = &disk;
  options.parallelism = 2;
  options.batch_records_max = 4;
  options.checkpoint_interval = leat::duration{2};
  for (int starts = 0;; ++starts) {
    leat::application app{"test_job"};
    describe(app);
    auto job = leat::simulate(app, options, chance.next()).value();
    if (job->run(starts < kills ? 50 + chance.below(300) : 1'000'000)) return rows(disk);
    job->kill();
    job.reset();
    disk.lose_power(chance);
  }
}
// [end]

int main() {
  const auto want = run(0, 0);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    if (run(seed, 3) == want) continue;
    std::printf("seed %llu: the output differs\n", static_cast<unsigned long long>(seed));
    return 1;
  }
  std::printf("ok: %zu rows, the same for 50 seeds\n", want.size());
}
