#include "measure.hpp"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace bench {
namespace {

double read_clock(clockid_t which) {
  timespec t{};
  clock_gettime(which, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Time that the processors of this machine have been busy since it started, whoever kept them so.
double machine_busy_s() {
  std::ifstream in("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, io_wait = 0, irq = 0, soft_irq = 0, steal = 0;
  in >> cpu >> user >> nice >> system >> idle >> io_wait >> irq >> soft_irq >> steal;
  return (user + nice + system + irq + soft_irq + steal) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// The results of one round: the plain loop and the engine, one after the other.
struct round {
  measured plain;
  measured engine;
  bool disturbed = false;
};

template <class Plain, class Engine>
round run_round(const Plain& plain, const Engine& engine) {
  const disturbance others;
  round r;
  r.plain = plain();
  r.engine = engine();
  r.disturbed = others.noticed();
  return r;
}

/// The median of a figure over the rounds.
template <class Figure>
double over(const std::vector<round>& rounds, Figure&& figure) {
  std::vector<double> values;
  for (const round& r : rounds) values.push_back(figure(r));
  return median(std::move(values));
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

disturbance::disturbance() : busy_s_(machine_busy_s()), begin_(stamp::now()) {}

bool disturbance::noticed() const {
  const interval own = begin_.until(stamp::now());
  const double others = machine_busy_s() - busy_s_ - own.cpu_s;
  return others > 0.05 * own.wall_s * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void compare(benchmark::State& state, std::size_t cores, std::size_t rounds, const std::function<measured()>& plain,
             const std::function<measured()>& engine) {
  std::vector<round> all;
  const auto undisturbed = [&all] {
    return std::count_if(all.begin(), all.end(), [](const round& r) { return !r.disturbed; });
  };
  for (auto _ : state) {
    const std::size_t most = rounds == 1 ? 1 : 3 * rounds;
    while (static_cast<std::size_t>(undisturbed()) < rounds && all.size() < most) {
      all.push_back(run_round(plain, engine));
      const round& r = all.back();
      if (!r.engine.failure.empty()) return state.SkipWithError(r.engine.failure.c_str());
      if (r.engine.checksum != r.plain.checksum)
        return state.SkipWithError("the engine's results are not those of the plain loop");
    }
  }
  const bool disturbed = undisturbed() == 0;
  if (!disturbed) std::erase_if(all, [](const round& r) { return r.disturbed; });

  const auto rate = [cores](const measured& m) { return m.records / (cores == 1 ? m.took.cpu_s : m.took.wall_s); };
  const auto ratio = [&rate](const round& r) { return rate(r.engine) / rate(r.plain); };
  const auto ratio_by = [](double interval::* clock) {
    return [clock](const round& r) {
      return r.engine.records / r.engine.took.*clock / (r.plain.records / r.plain.took.*clock);
    };
  };
  const auto cores_used = [](const measured& m) { return m.took.cpu_s / m.took.wall_s; };
  const auto [lowest, highest] =
      std::minmax_element(all.begin(), all.end(), [&](const round& a, const round& b) { return ratio(a) < ratio(b); });
  state.SetLabel(cores == 1 ? "per second of processor time" : "per second of wall time");
  state.counters["records_per_second"] = over(all, [&](const round& r) { return rate(r.engine); });
  state.counters["plain_records_per_second"] = over(all, [&](const round& r) { return rate(r.plain); });
  state.counters["ratio"] = over(all, ratio);
  state.counters["ratio_low"] = ratio(*lowest);
  state.counters["ratio_high"] = ratio(*highest);
  state.counters["wall_ratio"] = over(all, ratio_by(&interval::wall_s));
  state.counters["cpu_ratio"] = over(all, ratio_by(&interval::cpu_s));
  state.counters["cores_used"] = over(all, [&](const round& r) { return cores_used(r.engine); });
  state.counters["plain_cores_used"] = over(all, [&](const round& r) { return cores_used(r.plain); });
  state.counters["disturbed"] = disturbed ? 1 : 0;
}

void add(const std::string& name, std::function<void(benchmark::State&)> run) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))->Unit(benchmark::kMillisecond);
}

}  // namespace bench
