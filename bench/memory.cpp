// Memory per key: a running sum of 24 bytes (key, sum, count) in the engine's table and in the bare one.

#include <malloc.h>
#include <unistd.h>

#include <cstdio>

#include "keyed_sum.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

/// What is in memory now, after giving back what was freed.
double resident_bytes() {
  malloc_trim(0);
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (f == nullptr) return 0;
  unsigned long long size = 0;
  unsigned long long resident = 0;
  const int read = std::fscanf(f, "%llu %llu", &size, &resident);
  std::fclose(f);
  return read == 2 ? static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) : 0;
}

void run(benchmark::State& state, std::uint64_t keys) {
  const auto per_key = [keys](double bytes) { return bytes / static_cast<double>(keys); };
  const record_maker make{keys, 1};
  for (auto _ : state) {
    {
      const double before = resident_bytes();
      plain_table<plain_sum> sums{keys};
      source_position at = make.start(0);
      add_up(make, at, make.warm_up(), sums);
      state.counters["plain_bytes_per_key"] = per_key(static_cast<double>(sums.bytes()));
      state.counters["plain_resident_bytes_per_key"] = per_key(resident_bytes() - before);
    }
    finish_line line{make.warm_up(), make.warm_up()};
    const double before = resident_bytes();
    double after = 0;
    line.at_begin([&after] { after = resident_bytes(); });
    leat::application app{"memory"};
    describe_sums(app, make, 1, make.warm_up(), line);
    const auto report = leat::run(app, options_for(1));
    if (!report) return state.SkipWithError(report.error().detail.c_str());
    double table = 0;
    for (const auto& m : report->operators) table += static_cast<double>(m->state_bytes.load());
    state.counters["bytes_per_key"] = per_key(table);
    state.counters["resident_bytes_per_key"] = per_key(after - before);
  }
  state.counters["ratio"] = state.counters["bytes_per_key"] / state.counters["plain_bytes_per_key"];
}

}  // namespace

void register_memory(const effort& e) {
  for (const std::uint64_t keys : {1'000'000U, 10'000'000U}) {
    const std::uint64_t used = e.quick ? keys / 10 : keys;
    add("memory/keys:" + std::to_string(used), [=](benchmark::State& state) { run(state, used); });
    if (e.quick) break;
  }
}

}  // namespace bench
