// Latency from source to sink, at a share of the highest rate and at a trickle.
//
// A record carries the time at which the source made it; the sink notes how long ago that was, for every record. The
// source makes what is due each millisecond. The clock is read for every record it makes, and once per batch at the sink.
// Keyed running sums over 100 k keys on two threads, one subtask per operator, a checkpoint to disk every second.

#include <cmath>

#include "engine.hpp"
#include "latency_histogram.hpp"
#include "scratch_directory.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

constexpr std::uint64_t keys = 100'000;

struct stamped {
  std::int64_t made_ns = 0;
  std::int64_t key = 0;
  std::int64_t val = 0;
  LEAT_FIELDS(made_ns, key, val)
};

std::int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

class stamped_sums final : public leat::keyed_process<std::int64_t, stamped, stamped> {
 public:
  void process(const stamped& r, context&, leat::output<stamped>& out) override {
    std::int64_t& sum = sum_.at();
    sum += r.val;
    out.emit({r.made_ns, spread(static_cast<std::uint64_t>(r.key)), sum});
  }

 private:
  leat::value_state<std::int64_t> sum_{*this, "sum"};
};

enum class hops { two, three };

struct run_settings {
  hops between = hops::two;
  double rate = 0;  ///< 0: as fast as possible
  std::uint64_t records = 0;
};

struct outcome {
  latency_histogram latencies;
  double records_per_second = 0;
  std::uint64_t checkpoints = 0;
  bool disturbed = false;
  std::string failure;
};

/// The first tenth is the warm-up: its latencies do not count.
outcome run_once(const run_settings& s) {
  outcome o;
  const std::uint64_t warm_up = s.records / 10;
  const record_maker make{keys, 1};
  auto source = leat::generate(make.start(0), [make](source_position& at) {
                  const record r = make(at);
                  return stamped{now_ns(), r.key, r.val};
                }).limit(s.records);
  if (s.rate > 0) source.rate(s.rate);
  std::uint64_t seen = 0;  // the sink is a single subtask
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  leat::application app{"latency"};
  auto sums = app.source("records", source).key_by(&stamped::key).process<stamped_sums>("sums");
  if (s.between == hops::three) sums = sums.key_by(&stamped::key).process<stamped_sums>("again");
  sums.sink("finish", leat::callback_sink<stamped>([&](const leat::batch<stamped>& results) {
              const std::int64_t now = now_ns();
              seen += results.size();
              if (seen <= warm_up) {
                begin_ns = now;
                return;
              }
              for (std::size_t i = 0; i < results.size(); ++i) o.latencies.add(now - results.values()[i].made_ns);
              end_ns = now;
            }));
  const scratch_directory directory;
  leat::job_options options = options_for(2);
  options.parallelism = 1;
  options.state_directory = directory.path();
  options.checkpoint_interval = std::chrono::seconds{1};
  const disturbance others;
  const auto report = leat::run(app, options);
  o.disturbed = others.noticed();
  if (!report) {
    o.failure = report.error().detail;
    return o;
  }
  o.checkpoints = report->checkpoints_completed;
  o.records_per_second = static_cast<double>(o.latencies.count()) * 1e9 / static_cast<double>(end_ns - begin_ns);
  return o;
}

void report(benchmark::State& state, const outcome& o) {
  if (!o.failure.empty()) return state.SkipWithError(o.failure.c_str());
  const auto us = [&o](double share) { return static_cast<double>(o.latencies.quantile(share)) / 1000; };
  state.counters["p50_us"] = us(0.5);
  state.counters["p99_us"] = us(0.99);
  state.counters["p99.9_us"] = us(0.999);
  state.counters["p99.99_us"] = us(0.9999);
  state.counters["max_us"] = us(1);
  state.counters["records_per_second"] = o.records_per_second;
  state.counters["disturbed"] = o.disturbed ? 1 : 0;
  state.counters["checkpoints"] = static_cast<double>(o.checkpoints);
}

/// Measured once, with the records and the checkpoints of the latency runs.
double peak_rate(const effort& e) {
  static const double peak = run_once({.records = e.quick ? 500'000ULL : 100'000'000ULL}).records_per_second;
  return peak;
}

void run_at(benchmark::State& state, double share, const effort& e) {
  for (auto _ : state) {
    const double rate = peak_rate(e) * share;
    const double seconds = e.quick ? 0.3 : 10;
    report(state, run_once({.rate = rate, .records = static_cast<std::uint64_t>(rate * seconds)}));
    state.counters["peak_records_per_second"] = peak_rate(e);
  }
}

void run_trickle(benchmark::State& state, const effort& e) {
  constexpr double rate = 2000;
  for (auto _ : state)
    report(state, run_once({.between = hops::three, .rate = rate, .records = e.quick ? 600ULL : 40'000ULL}));
}

}  // namespace

void register_latency(const effort& e) {
  for (const int percent : {10, 50, 80})
    add("latency/load_percent:" + std::to_string(percent),
        [=](benchmark::State& state) { run_at(state, percent / 100.0, e); });
  add("latency/three_hops/rate:2000", [=](benchmark::State& state) { run_trickle(state, e); });
}

}  // namespace bench
