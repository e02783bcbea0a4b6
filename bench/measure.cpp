#include "measure.hpp"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <utility>

namespace bench {
namespace {

double read_clock(clockid_t which) {
  timespec t{};
  clock_gettime(which, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

stamp stamp::now() { return {read_clock(CLOCK_MONOTONIC), read_clock(CLOCK_PROCESS_CPUTIME_ID)}; }

pinned::pinned(std::size_t first, std::size_t last) {
  pthread_getaffinity_np(pthread_self(), sizeof before_, &before_);
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (std::size_t c = first; c <= last; ++c) CPU_SET(c, &wanted);
  pthread_setaffinity_np(pthread_self(), sizeof wanted, &wanted);  // refused on a smaller machine: then not tied
}

pinned::~pinned() { pthread_setaffinity_np(pthread_self(), sizeof before_, &before_); }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void compare(benchmark::State& state, std::size_t cores, std::size_t rounds, const std::function<measured()>& plain,
             const std::function<measured()>& engine) {
  std::vector<double> engine_rates;
  std::vector<double> plain_rates;
  std::vector<double> ratios;
  std::vector<double> wall_ratios;
  std::vector<double> cpu_ratios;
  std::vector<double> engine_cores;
  std::vector<double> plain_cores;
  const auto one_round = [&] {
    const measured p = plain();
    const measured e = engine();
    if (!e.failure.empty()) return state.SkipWithError(e.failure.c_str());
    if (e.checksum != p.checksum) return state.SkipWithError("the engine's results are not those of the plain loop");
    const auto rate = [&](const measured& m) { return m.records / (cores == 1 ? m.took.cpu_s : m.took.wall_s); };
    engine_rates.push_back(rate(e));
    plain_rates.push_back(rate(p));
    ratios.push_back(rate(e) / rate(p));
    wall_ratios.push_back(e.records / e.took.wall_s / (p.records / p.took.wall_s));
    cpu_ratios.push_back(e.records / e.took.cpu_s / (p.records / p.took.cpu_s));
    engine_cores.push_back(e.took.cpu_s / e.took.wall_s);
    plain_cores.push_back(p.took.cpu_s / p.took.wall_s);
  };
  for (auto _ : state)
    for (std::size_t r = 0; r < rounds && !state.error_occurred(); ++r) one_round();
  if (state.error_occurred()) return;
  state.SetLabel(cores == 1 ? "per second of processor time" : "per second of wall time");
  state.counters["records_per_second"] = median(engine_rates);
  state.counters["plain_records_per_second"] = median(plain_rates);
  state.counters["ratio"] = median(ratios);
  state.counters["wall_ratio"] = median(wall_ratios);
  state.counters["cpu_ratio"] = median(cpu_ratios);
  state.counters["cores_used"] = median(engine_cores);
  state.counters["plain_cores_used"] = median(plain_cores);
  state.counters["ratio_low"] = *std::min_element(ratios.begin(), ratios.end());
  state.counters["ratio_high"] = *std::max_element(ratios.begin(), ratios.end());
}

void add(const std::string& name, std::function<void(benchmark::State&)> run) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))->Unit(benchmark::kMillisecond);
}

}  // namespace bench
