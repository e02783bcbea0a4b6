// Sums per key in windows of event time: tumbling, sliding with 60-fold overlap, and sessions.
//
// Event time advances by 1 ms every 1000 records. A key's values are all the same, so that the checksum of the results
// does not depend on the order in which two records of a key meet.

#include <leat/windows.hpp>

#include "engine.hpp"
#include "plain_windows.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

using leat::duration;

struct window_sum {
  std::int64_t key = 0;
  std::int64_t sum = 0;
  LEAT_FIELDS(key, sum)
};

struct add_up {
  using accumulator = std::int64_t;
  void add(std::int64_t& sum, const record& r) const { sum += r.val; }
  void merge(std::int64_t& sum, std::int64_t other) const { sum += other; }
  std::int64_t result(std::int64_t sum) const { return sum; }
};
struct emit_sum {
  void operator()(std::int64_t key, const leat::time_window&, std::int64_t sum, leat::output<window_sum>& out) const {
    out.emit({key, sum});
  }
};

/// Makes and takes in `count` records, 64 at a time.
template <class Windows>
void take_in(const record_maker& make, source_position& position, std::uint64_t count, Windows& windows) {
  constexpr std::uint64_t at_once = 64;
  std::array<record, at_once> batch;
  source_position at = position;
  for (std::uint64_t done = 0; done < count; done += at_once) {
    const std::uint64_t n = std::min(at_once, count - done);
    for (std::uint64_t i = 0; i < n; ++i) {
      batch[i] = make(at);
      windows.prefetch(batch[i]);
    }
    windows.advance(batch[0].ts - duration{1});
    for (std::uint64_t i = 0; i < n; ++i) windows.add(batch[i]);
  }
  position = at;
}

template <class Windows>
measured plain(const record_maker& make, std::uint64_t records, Windows&& windows) {
  const pinned here{0, 0};
  source_position at = make.start(0);
  measured m;
  take_in(make, at, make.warm_up(), windows);
  const stamp begin = stamp::now();
  take_in(make, at, records - make.warm_up(), windows);
  windows.finish();
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(records - make.warm_up());
  m.checksum = windows.checksum();
  return m;
}

/// Makes the records and takes the time at which the warm-up ends.
struct timed_maker {
  record_maker make;
  stamp* begin;

  record operator()(source_position& at) const {
    if (at.count == make.warm_up()) [[unlikely]]
      *begin = stamp::now();
    return make(at);
  }
};

/// Time is taken from the end of the warm-up at the source until the last result, since results come in bursts.
measured engine(const record_maker& make, std::uint64_t records, const leat::window_assigner& windows) {
  measured m;
  stamp begin;
  std::atomic<std::uint64_t> checksum{0};
  stamp end;
  leat::application app{"windows"};
  app.source("records", leat::generate(make.start(0), timed_maker{make, &begin}).limit(records))
      .event_time(&record::ts, leat::monotonous())
      .key_by(&record::key)
      .window(windows)
      .aggregate<window_sum>("sums", add_up{}, emit_sum{})
      .sink("finish", leat::callback_sink<window_sum>([&](const leat::batch<window_sum>& results) {
              std::uint64_t sum = 0;
              for (std::size_t i = 0; i < results.size(); ++i)
                sum += window_digest(results.values()[i].key, results.values()[i].sum);
              checksum.fetch_add(sum, std::memory_order_relaxed);
              end = stamp::now();
            }));
  m.failure = run_engine(app, 1, options_for(1));
  m.took = begin.until(end);
  m.records = static_cast<double>(records - make.warm_up());
  m.checksum = checksum.load();
  return m;
}

template <class MakePlain>
void add_workload(const std::string& name, std::uint64_t keys, std::uint64_t records, const effort& e,
                  leat::window_assigner windows, MakePlain make_plain) {
  add(name + "/keys:" + std::to_string(keys), [=](benchmark::State& state) {
    const record_maker make{keys, 1};
    compare(
        state, 1, e.rounds, [&] { return plain(make, keys + records, make_plain()); },
        [&] { return engine(make, keys + records, windows); });
  });
}

}  // namespace

void register_windows(const effort& e) {
  const std::uint64_t records = e.quick ? 3'000'000 : 40'000'000;
  for (const std::uint64_t keys : {10'000U, 1'000'000U}) {
    if (e.quick && keys > 10'000) break;
    for (const std::int64_t size_ms : {1'000, 10'000})
      add_workload("windows/tumbling:" + std::to_string(size_ms / 1000) + "s", keys, records, e,
                   leat::tumbling_windows(duration{size_ms}), [=] { return plain_tumbling{keys, size_ms}; });
  }
  // Three times as many, because the 60 windows that are open at the end are fired behind the last record.
  add_workload("windows/sliding:60s:1s", 10'000, 3 * records, e,
               leat::sliding_windows(duration{60'000}, duration{1'000}),
               [] { return plain_sliding<60>{10'000, 1'000}; });
  add_workload("windows/sessions:300ms", 100'000, records, e, leat::session_windows(duration{300}),
               [] { return plain_sessions{100'000, 300}; });
}

}  // namespace bench
