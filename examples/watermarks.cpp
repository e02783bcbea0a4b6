/// Watermarks of one's own. A thermometer marks the readings behind which nothing older comes; a weather station is
/// trusted to be at most 10 s late. Neither is read more than 5 minutes ahead of the other.
///
/// Run:  build/bin/watermarks
/// See:  a line per minute with the number of readings of both.

#include <leat/leat.hpp>
#include <leat/windows.hpp>

using namespace std::chrono_literals;
using leat::event_time;

struct reading {
  double celsius;
  event_time at;
  bool last_of_minute;
  LEAT_FIELDS(celsius, at, last_of_minute);
};

struct minute_count {
  event_time from;
  std::uint64_t readings;
  LEAT_FIELDS(from, readings);
};

// [snippet: generator]
/// Lags 10 s behind the newest reading, in steps of 5 s: fewer watermarks, and less work for what waits for them.
class every_five_seconds {
 public:
  std::optional<leat::watermark> on_record(const reading&, event_time at) {
    newest_ = std::max(newest_, at);
    return std::nullopt;
  }
  /// Behind each batch, and now and then while nothing comes. `now` is the clock's, of which this makes no use.
  std::optional<leat::watermark> on_periodic(leat::processing_time) {
    if (newest_ == event_time::min()) return std::nullopt;
    const std::int64_t complete_ms = newest_.ms() - 10'000;
    return leat::watermark{event_time{complete_ms - complete_ms % 5000 - 1}};
  }

 private:
  event_time newest_ = event_time::min();
};
// [end]

event_time at(std::int64_t second) { return event_time{second * 1000}; }

int main(int argc, char** argv) {
  leat::application app{"watermarks", "Counts the readings of two instruments."};
  // [snippet: punctuated]
  const auto marked = leat::punctuated([](const reading& r, event_time time) -> std::optional<leat::watermark> {
    if (r.last_of_minute) return leat::watermark{time};
    return std::nullopt;
  });
  // [end]
  // [snippet: pace]
  auto thermometer = app.source("thermometer", leat::from_collection<reading>({{20.5, at(40), false},
                                                                               {20.3, at(5), false},
                                                                               {20.9, at(59), true},
                                                                               {21.0, at(100), false},
                                                                               {21.2, at(119), true}}))
                         .event_time(&reading::at, marked.keep_pace("instruments", 5min));
  auto station =
      app.source("station",
                 leat::from_collection<reading>({{20.0, at(30), false}, {20.4, at(62), false}, {20.2, at(57), false}}))
          .event_time(&reading::at, leat::custom_watermarks(every_five_seconds{}).keep_pace("instruments", 5min));
  // [end]
  thermometer.merge(station, "both")
      .window_all(leat::tumbling_windows(1min))
      .process<minute_count>("counts", [](const leat::time_window& w, std::span<const leat::timed_record<reading>> all,
                                          leat::output<minute_count>& out) { out.emit({w.start(), all.size()}); })
      .sink("stdout", leat::print_sink<minute_count>());
  return app.main(argc, argv);
}
