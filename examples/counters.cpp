/// Sessions, sliding windows and running totals of a counter: one record every 200 ms, {"timestamp":...,"counter":17}.
///
/// Run:  build/bin/counters sessions --counters impulse.jsonl --out counters/
///       build/bin/counters sliding --counters impulse.jsonl --out counters/
///       build/bin/counters totals --counters impulse.jsonl --out counters/
/// See:  JSON lines in counters/part-*.jsonl: the times in which a user was not silent for 20 s; the last 10 s, every 2 s;
///       the totals of each remainder, anew with each record.

#include <leat/leat.hpp>
#include <leat/windows.hpp>

#include <algorithm>

using namespace std::chrono_literals;

struct impulse {
  leat::event_time timestamp;
  std::int64_t counter;
  LEAT_FIELDS(timestamp, counter);
};

struct session {
  leat::event_time start;
  leat::event_time end;
  std::int64_t user_id = 0;
  std::uint64_t rows = 0;
  LEAT_FIELDS(start, end, user_id, rows);
};

struct range {
  leat::event_time start;
  leat::event_time end;
  std::uint64_t count = 0;
  std::int64_t min = 0;
  std::int64_t max = 0;
  LEAT_FIELDS(start, end, count, min, max);
};

struct total {
  std::int64_t counter_mod = 0;
  std::uint64_t count = 0;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t sum = 0;
  double avg = 0;
  LEAT_FIELDS(counter_mod, count, min, max, sum, avg);
};

struct count_of_session {
  using accumulator = std::uint64_t;
  void add(std::uint64_t& count, const impulse&) const { ++count; }
  void merge(std::uint64_t& count, std::uint64_t other) const { count += other; }
  std::uint64_t result(std::uint64_t count) const { return count; }
};

/// The least and the greatest counter of a window.
struct extremes {
  struct accumulator {
    std::uint64_t count = 0;
    std::int64_t min = 0;
    std::int64_t max = 0;
    LEAT_FIELDS(count, min, max);
  };
  void add(accumulator& a, const impulse& i) const { merge(a, {1, i.counter, i.counter}); }
  void merge(accumulator& a, const accumulator& b) const {
    a = a.count == 0 ? b : accumulator{a.count + b.count, std::min(a.min, b.min), std::max(a.max, b.max)};
  }
  accumulator result(const accumulator& a) const { return a; }
};

leat::stream<impulse> add_counters(leat::application& app, const std::string& path) {
  return app.source("counters", leat::json_files<impulse>(path)).event_time(&impulse::timestamp, leat::monotonous());
}

void sessions(leat::application& app, const std::string& counters, const std::string& out) {
  add_counters(app, counters)
      .key_by([](const impulse& i) { return i.counter % 10 == 0 ? 0 : i.counter; })
      .window(leat::session_windows(20s))
      .aggregate<session>("sessions", count_of_session{},
                          [](std::int64_t user, const leat::time_window& w, std::uint64_t rows,
                             leat::output<session>& to) { to.emit({w.start(), w.end(), user, rows}); })
      .sink("out", leat::json_sink<session>(out));
}

void sliding(leat::application& app, const std::string& counters, const std::string& out) {
  add_counters(app, counters)
      .window_all(leat::sliding_windows(10s, 2s))
      .aggregate<range>("ranges", extremes{},
                        [](const leat::time_window& w, const extremes::accumulator& a, leat::output<range>& to) {
                          to.emit({w.start(), w.end(), a.count, a.min, a.max});
                        })
      .sink("out", leat::json_sink<range>(out));
}

/// No windows: each record gives the totals so far, and the last ones hold.
void totals(leat::application& app, const std::string& counters, const std::string& out) {
  const auto of_one = [](const impulse& i) { return total{i.counter % 5, 1, i.counter, i.counter, i.counter, 0}; };
  const auto add = [](const total& a, const total& b) {
    return total{a.counter_mod, a.count + b.count, std::min(a.min, b.min), std::max(a.max, b.max), a.sum + b.sum, 0};
  };
  const auto with_mean = [](total t) {
    t.avg = static_cast<double>(t.sum) / static_cast<double>(t.count);
    return t;
  };
  add_counters(app, counters)
      .map(of_one)
      .key_by(&total::counter_mod)
      .reduce("totals", add)
      .map(with_mean)
      .sink("out", leat::json_sink<total>(out));
}

int main(int argc, char** argv) {
  leat::application app{"counters", "Sessions, sliding windows and totals of a counter."};
  std::string counters;
  std::string out = "counters/";
  const auto add = [&](const char* name, const char* help, auto describe) {
    auto& command = app.command(name, help);
    command.option("--counters", counters, "JSON lines with timestamp and counter")
        .placeholder("FILE_OR_DIR")
        .required();
    command.option("--out", out, "Write JSON lines there; default: counters/").placeholder("DIR");
    command.graph([&counters, &out, describe](leat::application& a) { describe(a, counters, out); });
  };
  add("sessions", "Finds the sessions of each user.", sessions);
  add("sliding", "Counts the last 10 s, every 2 s.", sliding);
  add("totals", "Adds up the counters of each remainder by 5.", totals);
  return app.main(argc, argv);
}
