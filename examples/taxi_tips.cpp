/// Windows of windows: the taxi drivers with the most tips of each hour. Tips are added up for each driver and hour, in
/// parallel; the sums of an hour then meet in one window of all drivers.
///
/// Run:  build/bin/taxi_tips --fares fares.csv --out tips/
/// See:  one JSON line per hour in tips/part-*.jsonl, with all drivers where several have the most.

#include <leat/leat.hpp>
#include <leat/windows.hpp>

#include <algorithm>

using namespace std::chrono_literals;

struct fare {
  std::uint64_t ride_id;
  std::uint64_t driver_id;
  leat::event_time start_ms;
  double tip;
  LEAT_FIELDS(ride_id, driver_id, start_ms, tip);
};

struct driver_tips {
  std::uint64_t driver = 0;
  double sum = 0;
  LEAT_FIELDS(driver, sum);
};

struct best_of_hour {
  leat::event_time hour_end;
  double tips;
  std::vector<std::uint64_t> drivers;
  LEAT_FIELDS(hour_end, tips, drivers);
};

/// Adds up the tips of a window.
struct tips_of_window {
  using accumulator = double;
  void add(double& sum, const fare& f) const { sum += f.tip; }
  void merge(double& sum, double other) const { sum += other; }
  double result(double sum) const { return sum; }
};

// [snippet: best]
/// Keeps those with the greatest sum; of thousands of drivers, one or two.
struct best_drivers {
  struct accumulator {
    double sum = 0;
    std::vector<std::uint64_t> drivers;
    LEAT_FIELDS(sum, drivers);
  };
  void add(accumulator& best, const driver_tips& d) const {
    if (!best.drivers.empty() && d.sum < best.sum) return;
    if (d.sum > best.sum) best.drivers.clear();
    best.sum = d.sum;
    best.drivers.push_back(d.driver);
  }
  void merge(accumulator& best, const accumulator& other) const {
    for (const std::uint64_t driver : other.drivers) add(best, {driver, other.sum});
  }
  accumulator result(accumulator best) const {
    std::sort(best.drivers.begin(), best.drivers.end());  // they came in any order
    return best;
  }
};
// [end]

void describe(leat::application& app, const std::string& fares, const std::string& out) {
  // [snippet: graph]
  app.source("fares", leat::csv_files<fare>(fares))
      .event_time(&fare::start_ms, leat::bounded_out_of_orderness(1min))
      .key_by(&fare::driver_id)
      .window(leat::tumbling_windows(1h))
      .aggregate<driver_tips>("of driver", tips_of_window{},
                              [](std::uint64_t driver, const leat::time_window&, double sum,
                                 leat::output<driver_tips>& to) { to.emit({driver, sum}); })
      .window_all(leat::tumbling_windows(1h))  // the sums have the last ms of their hour as event time
      .aggregate<best_of_hour>("best", best_drivers{},
                               [](const leat::time_window& w, const best_drivers::accumulator& best,
                                  leat::output<best_of_hour>& to) { to.emit({w.end(), best.sum, best.drivers}); })
      .sink("tips", leat::json_sink<best_of_hour>(out));
  // [end]
}

int main(int argc, char** argv) {
  leat::application app{"taxi_tips", "Finds the taxi drivers with the most tips of each hour."};
  std::string fares;
  std::string out = "tips/";
  auto& run = app.command("run", "Reads fares and writes the best drivers of each hour.");
  run.option("--fares", fares, "CSV files with ride_id, driver_id, start_ms and tip")
      .placeholder("FILE_OR_DIR")
      .required();
  run.option("--out", out, "Write JSON lines there; default: tips/").placeholder("DIR");
  run.graph([&](leat::application& a) { describe(a, fares, out); });
  return app.main(argc, argv);
}
