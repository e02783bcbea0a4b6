/// Windows by key and of all records: what happened in each hour, three ways.
///
/// Run:  build/bin/hourly_rides by-type --rides rides.jsonl --out hours/
///       build/bin/hourly_rides all --rides rides.jsonl --out hours/
///       build/bin/hourly_rides drivers --rides rides.jsonl --out hours/
/// See:  JSON lines in hours/part-*.jsonl: the number of events of each type and hour; the number of events of each hour;
///       how many drivers set somebody down and how many picked somebody up, in hours with both.

#include <leat/leat.hpp>
#include <leat/windows.hpp>

using namespace std::chrono_literals;

struct ride {
  leat::event_time timestamp;
  std::uint32_t driver_id;
  std::string event_type;
  LEAT_FIELDS(timestamp, driver_id, event_type);
};

struct type_count {
  std::string event_type;
  leat::event_time hour;
  std::uint64_t count = 0;
  LEAT_FIELDS(event_type, hour, count);
};

struct hour_count {
  leat::event_time hour_end;
  std::uint64_t count = 0;
  LEAT_FIELDS(hour_end, count);
};

struct drivers_of_hour {
  leat::event_time hour;
  std::uint64_t dropoff_drivers = 0;
  std::uint64_t pickup_drivers = 0;
  LEAT_FIELDS(hour, dropoff_drivers, pickup_drivers);
};

struct number_of_rides {
  using accumulator = std::uint64_t;
  void add(std::uint64_t& count, const ride&) const { ++count; }
  void merge(std::uint64_t& count, std::uint64_t other) const { count += other; }
  std::uint64_t result(std::uint64_t count) const { return count; }
};

/// A key of two fields.
struct driver_and_type {
  std::uint32_t driver_id;
  std::string event_type;
  LEAT_FIELDS(driver_id, event_type);
  bool operator==(const driver_and_type&) const = default;
};

leat::stream<ride> add_rides(leat::application& app, const std::string& path) {
  return app.source("rides", leat::json_files<ride>(path))
      .event_time(&ride::timestamp, leat::bounded_out_of_orderness(1min));
}

void by_type(leat::application& app, const std::string& rides, const std::string& out) {
  add_rides(app, rides)
      .key_by(&ride::event_type)
      .window(leat::tumbling_windows(1h))
      .aggregate<type_count>("counts", number_of_rides{},
                             [](const std::string& type, const leat::time_window& w, std::uint64_t count,
                                leat::output<type_count>& to) { to.emit({type, w.start(), count}); })
      .sink("hours", leat::json_sink<type_count>(out));
}

void all(leat::application& app, const std::string& rides, const std::string& out) {
  // [snippet: all]
  add_rides(app, rides)
      .window_all(leat::tumbling_windows(1h))
      .aggregate<hour_count>("counts", number_of_rides{},
                             [](const leat::time_window& w, std::uint64_t count, leat::output<hour_count>& to) {
                               to.emit({w.end(), count});
                             })
      .sink("hours", leat::json_sink<hour_count>(out));
  // [end]
}

/// Each driver comes once per type and hour, whatever the number of rides; what is left is counted.
void drivers(leat::application& app, const std::string& rides, const std::string& out) {
  add_rides(app, rides)
      .key_by([](const ride& r) { return driver_and_type{r.driver_id, r.event_type}; })
      .window(leat::tumbling_windows(1h))
      .reduce("once", [](const ride& first, const ride&) { return first; })
      .window_all(leat::tumbling_windows(1h))
      .process<drivers_of_hour>("both",
                                [](const leat::time_window& w, std::span<const leat::timed_record<ride>> once,
                                   leat::output<drivers_of_hour>& to) {
                                  drivers_of_hour d{w.start()};
                                  for (const auto& r : once)
                                    ++(r.value.event_type == "pickup" ? d.pickup_drivers : d.dropoff_drivers);
                                  if (d.pickup_drivers > 0 && d.dropoff_drivers > 0) to.emit(d);
                                })
      .sink("hours", leat::json_sink<drivers_of_hour>(out));
}

int main(int argc, char** argv) {
  leat::application app{"hourly_rides", "Counts taxi rides by the hour."};
  std::string rides;
  std::string out = "hours/";
  const auto add = [&](const char* name, const char* help, auto describe) {
    auto& command = app.command(name, help);
    command.option("--rides", rides, "JSON lines with timestamp, driver_id and event_type")
        .placeholder("FILE_OR_DIR")
        .required();
    command.option("--out", out, "Write JSON lines there; default: hours/").placeholder("DIR");
    command.graph([&rides, &out, describe](leat::application& a) { describe(a, rides, out); });
  };
  add("by-type", "Counts the events of each type and hour.", by_type);
  add("all", "Counts the events of each hour.", all);
  add("drivers", "Counts the drivers of each hour.", drivers);
  return app.main(argc, argv);
}
