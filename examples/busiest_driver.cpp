/// Sliding windows: every minute, the driver with the most rides of the last hour. Of drivers with equally many, the one
/// with the highest number.
///
/// Run:  build/bin/busiest_driver --rides rides.jsonl --out busiest/
/// See:  one JSON line per minute in busiest/part-*.jsonl.

#include <leat/leat.hpp>
#include <leat/windows.hpp>

using namespace std::chrono_literals;

struct ride {
  leat::event_time timestamp;
  std::uint32_t driver_id;
  LEAT_FIELDS(timestamp, driver_id);
};

struct busy_hour {
  leat::event_time start;
  leat::event_time end;
  std::uint32_t driver_id = 0;
  std::uint64_t count = 0;
  LEAT_FIELDS(start, end, driver_id, count);
};

struct number_of_rides {
  using accumulator = std::uint64_t;
  void add(std::uint64_t& count, const ride&) const { ++count; }
  void merge(std::uint64_t& count, std::uint64_t other) const { count += other; }
  std::uint64_t result(std::uint64_t count) const { return count; }
};

const busy_hour& busier(const busy_hour& a, const busy_hour& b) {
  return std::pair{a.count, a.driver_id} < std::pair{b.count, b.driver_id} ? b : a;
}

void describe(leat::application& app, const std::string& rides, const std::string& out) {
  // [snippet: graph]
  app.source("rides", leat::json_files<ride>(rides))
      .event_time(&ride::timestamp, leat::bounded_out_of_orderness(1min))
      .key_by(&ride::driver_id)
      .window(leat::sliding_windows(1h, 1min))
      .aggregate<busy_hour>("hours of drivers", number_of_rides{},
                            [](std::uint32_t driver, const leat::time_window& w, std::uint64_t count,
                               leat::output<busy_hour>& to) { to.emit({w.start(), w.end(), driver, count}); })
      .window_all(leat::tumbling_windows(1min))  // all hours that end in this minute, that is, with it
      .reduce("busiest of all", busier)
      .sink("busiest", leat::json_sink<busy_hour>(out));
  // [end]
}

int main(int argc, char** argv) {
  leat::application app{"busiest_driver", "Finds the busiest driver of the last hour, every minute."};
  std::string rides;
  std::string out = "busiest/";
  auto& run = app.command("run", "Reads rides and writes the busiest drivers.");
  run.option("--rides", rides, "JSON lines with timestamp and driver_id").placeholder("FILE_OR_DIR").required();
  run.option("--out", out, "Write JSON lines there; default: busiest/").placeholder("DIR");
  run.graph([&](leat::application& a) { describe(a, rides, out); });
  return app.main(argc, argv);
}
