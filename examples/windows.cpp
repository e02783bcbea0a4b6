/// Windows: the mean of each sensor's readings per minute, and its sessions. Readings come up to 5 s out of order.
///
/// Run:  build/bin/windows
/// See:  a line "mean" for each sensor and minute, a line "session" for each time without a pause of 30 s.

#include <leat/leat.hpp>
#include <leat/windows.hpp>

using namespace std::chrono_literals;

struct reading {
  std::string sensor;
  double value;
  leat::event_time at;
  LEAT_FIELDS(sensor, value, at);
};

struct mean {
  std::string sensor;
  leat::event_time from;
  double value;
  LEAT_FIELDS(sensor, from, value);
};

struct session {
  std::string sensor;
  leat::event_time from;
  leat::event_time to;
  std::uint64_t readings;
  LEAT_FIELDS(sensor, from, to, readings);
};

// [snippet: aggregate]
/// What a pane keeps of its readings, and the result that follows from it.
struct mean_value {
  struct accumulator {
    double sum;
    std::uint64_t count;
    LEAT_FIELDS(sum, count);
  };
  void add(accumulator& a, const reading& r) const { a.sum += r.value, ++a.count; }
  void merge(accumulator& a, const accumulator& b) const { a.sum += b.sum, a.count += b.count; }
  double result(const accumulator& a) const { return a.sum / static_cast<double>(a.count); }
};
// [end]

leat::event_time at(std::int64_t second) { return leat::event_time{second * 1000}; }

int main(int argc, char** argv) {
  leat::application app{"windows", "Groups readings of sensors into windows."};
  auto readings = app.source("readings", leat::from_collection<reading>({{"a", 1, at(10)},
                                                                         {"a", 4, at(59)},
                                                                         {"b", 7, at(61)},
                                                                         {"a", 3, at(58)},
                                                                         {"b", 9, at(62)},
                                                                         {"a", 5, at(119)}}))
                      .event_time(&reading::at, leat::bounded_out_of_orderness(5s));
  // [snippet: tumbling]
  readings.key_by(&reading::sensor)
      .window(leat::tumbling_windows(1min))
      .aggregate<mean>("means", mean_value{},
                       [](const std::string& sensor, const leat::time_window& w, double value,
                          leat::output<mean>& out) { out.emit({sensor, w.start(), value}); })
      .sink("mean", leat::print_sink<mean>("mean "));
  // [end]
  // [snippet: sessions]
  readings.key_by(&reading::sensor)
      .window(leat::session_windows(30s))
      .process<session>(
          "sessions",
          [](const std::string& sensor, const leat::time_window& w, std::span<const leat::timed_record<reading>> all,
             leat::output<session>& out) { out.emit({sensor, w.start(), w.end(), all.size()}); })
      .sink("session", leat::print_sink<session>("session "));
  // [end]
  // [snippet: remembering]
  readings.key_by(&reading::sensor)
      .window(leat::tumbling_windows(1min))
      .trigger<leat::count_trigger>(1)  // fires at each reading
      .process_remembering<mean, double>(
          "records",
          [](const std::string& sensor, const leat::time_window& w, std::span<const leat::timed_record<reading>> all,
             double& highest, leat::output<mean>& out) {
            const double newest = all.back().value.value;
            if (newest <= highest) return;
            out.emit({sensor, w.start(), highest = newest});
          })
      .sink("record", leat::print_sink<mean>("record "));
  // [end]
  return app.main(argc, argv);
}
