// A pattern of three steps per key: a low value, followed by a middle one, followed by a high one, within a second of
// event time; a match drops what began before its end. One event in eight fits each step.

#include <leat/patterns.hpp>

#include "engine.hpp"
#include "plain_table.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

constexpr std::int64_t within_ms = 1000;

/// Records as record_maker makes them, except that the value differs from record to record.
struct event_maker {
  record_maker make;
  record operator()(source_position& at) const {
    record r = make(at);
    r.val = static_cast<std::int64_t>(at.seed >> 20 & 0xFFFF);
    return r;
  }
};
constexpr auto is_low = [](const record& r) { return (r.val & 7) == 0; };
constexpr auto is_middle = [](const record& r) { return (r.val & 7) == 1; };
constexpr auto is_high = [](const record& r) { return (r.val & 7) == 2; };

std::uint64_t digest(std::int64_t low, std::int64_t middle, std::int64_t high) {
  return static_cast<std::uint64_t>(low + 3 * middle + 7 * high);
}

/// The same by hand: the lows of a key that have found no high yet, each with its middle. A low that came before another
/// is never behind it, so the first is the match.
class plain_pattern {
 public:
  explicit plain_pattern(std::size_t keys) : keys_(keys) {}

  void prefetch(const record& r) const { keys_.prefetch(r.key); }
  void add(const record& r) {
    if ((r.val & 7) > 2) return;
    open& o = keys_[r.key];
    const std::int64_t now = r.ts.ms();
    std::uint32_t over = 0;
    while (over < o.count && now - o.lows[over].at_ms >= within_ms) ++over;
    if (over > 0) {
      o.count -= over;
      for (std::uint32_t i = 0; i < o.count; ++i) o.lows[i] = o.lows[i + over];
    }
    if (is_low(r)) {
      if (o.count == o.lows.size())
        overflow_ = true;
      else
        o.lows[o.count++] = {now, static_cast<std::int32_t>(r.val), none};
    } else if (is_middle(r)) {
      for (std::uint32_t i = 0; i < o.count; ++i)
        if (o.lows[i].middle == none) o.lows[i].middle = static_cast<std::int32_t>(r.val);
    } else if (o.count > 0 && o.lows[0].middle != none) {
      checksum_ += digest(o.lows[0].low, o.lows[0].middle, r.val);
      ++matches_;
      o.count = 0;
    }
  }

  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }
  [[nodiscard]] std::uint64_t matches() const { return matches_; }
  [[nodiscard]] bool overflow() const { return overflow_; }

 private:
  static constexpr std::int32_t none = -1;
  struct low {
    std::int64_t at_ms = 0;
    std::int32_t low = 0;
    std::int32_t middle = none;
  };
  struct open {
    std::uint32_t count = 0;
    std::array<low, 13> lows;
  };

  plain_table<open> keys_;
  std::uint64_t checksum_ = 0;
  std::uint64_t matches_ = 0;
  bool overflow_ = false;
};

void look_for(const event_maker& make, source_position& position, std::uint64_t count, plain_pattern& keys) {
  constexpr std::uint64_t at_once = 64;
  std::array<record, at_once> batch;
  source_position at = position;
  for (std::uint64_t done = 0; done < count; done += at_once) {
    const std::uint64_t n = std::min(at_once, count - done);
    for (std::uint64_t i = 0; i < n; ++i) {
      batch[i] = make(at);
      keys.prefetch(batch[i]);
    }
    for (std::uint64_t i = 0; i < n; ++i) keys.add(batch[i]);
  }
  position = at;
}

measured plain_on_one(const event_maker& make, std::uint64_t records, std::uint64_t& matches) {
  const pinned here{0, 0};
  plain_pattern keys{make.make.keys()};
  source_position at = make.make.start(0);
  measured m;
  look_for(make, at, make.make.warm_up(), keys);
  const stamp begin = stamp::now();
  look_for(make, at, records - make.make.warm_up(), keys);
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(records - make.make.warm_up());
  m.checksum = keys.checksum();
  matches = keys.matches();
  if (keys.overflow()) m.failure = "a key has more open partial matches than the plain loop holds";
  return m;
}

/// Whether events are sorted by time first, as the engine does unless told that they come in order.
enum class arrival { sorted, as_it_is };

struct found {
  std::uint64_t sum = 0;
  LEAT_FIELDS(sum)
};

measured engine(const event_maker& make, std::uint64_t records, std::uint64_t matches, arrival how) {
  finish_line line{matches / 10, matches};
  const auto pattern = leat::pattern<record>::begin("low")
                           .where(is_low)
                           .followed_by("middle")
                           .where(is_middle)
                           .followed_by("high")
                           .where(is_high)
                           .within(leat::duration{within_ms})
                           .after_match(leat::skip_past_last_event());
  leat::application app{"patterns"};
  auto events = app.source("records", leat::generate(make.make.start(0), make).limit(records))
                    .event_time(&record::ts, leat::monotonous())
                    .key_by(&record::key)
                    .match(pattern);
  if (how == arrival::as_it_is) events.in_order_of_arrival();
  events
      .select("found",
              [](std::int64_t, const leat::matched<record>& m) {
                return found{digest(m.first("low").val, m.first("middle").val, m.first("high").val)};
              })
      .sink("finish", finish<found>(line, [](const found& f) { return f.sum; }));
  const std::string failure = run_engine(app, 1, options_for(1));
  measured m = line.result(static_cast<double>(records));
  if (!failure.empty()) m.failure = failure;
  return m;
}

void run(benchmark::State& state, std::uint64_t keys, std::uint64_t records, std::size_t rounds, arrival how) {
  const event_maker make{record_maker{keys, 1}};
  std::uint64_t matches = 0;
  compare(
      state, 1, rounds, [&] { return plain_on_one(make, records, matches); },
      [&] { return engine(make, records, matches, how); });
}

}  // namespace

void register_patterns(const effort& e) {
  const std::uint64_t records = e.quick ? 400'000 : 20'000'000;
  for (const std::uint64_t keys : {1'000U, 100'000U}) {
    const std::string size = "/keys:" + std::to_string(keys) + "/cores:1";
    for (const arrival how : {arrival::sorted, arrival::as_it_is})
      add((how == arrival::sorted ? "three_step_pattern" : "three_step_pattern_in_order") + size,
          [=](benchmark::State& state) { run(state, keys, keys + records, e.rounds, how); });
  }
}

}  // namespace bench
