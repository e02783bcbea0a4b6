// A sum per key and second of event time: each record sets a timer at the end of its second; the timer emits the sum and
// clears it. Late in a second most keys have one; with 10 M keys nearly every record sets a new one.

#include "keyed_sum.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

constexpr std::int64_t interval_ms = 1000;
constexpr std::uint64_t interval_records = 1'000'000;  ///< of each source

/// The end of the interval that a time falls into; a timer there fires when the interval is over.
std::int64_t end_of(leat::event_time t) { return t.ms() - t.ms() % interval_ms + interval_ms - 1; }

struct interval_sum {
  std::int64_t key = 0;
  std::int64_t sum = 0;
  std::int64_t count = 0;
  LEAT_FIELDS(key, sum, count)
};

/// Adds up to the same however the records of a key are spread over intervals: two sources may drift apart by one.
std::uint64_t digest(std::int64_t key, std::int64_t sum) {
  return static_cast<std::uint64_t>(key) * static_cast<std::uint64_t>(sum);
}

class interval_sums final : public leat::keyed_process<std::int64_t, record, interval_sum> {
 public:
  void process(const record& r, context& ctx, leat::output<interval_sum>&) override {
    sum_and_count& s = so_far_.at();
    s.sum += r.val;
    ++s.count;
    ctx.register_event_timer(leat::event_time{end_of(r.ts)});
  }
  void on_timer(const leat::timer&, context& ctx, leat::output<interval_sum>& out) override {
    if (!so_far_.has()) return;  // a second that another one's timer has emitted
    out.emit({ctx.key(), so_far_.get().sum, so_far_.get().count});
    so_far_.clear();
  }

 private:
  leat::value_state<sum_and_count> so_far_{*this, "so-far"};
};

/// The same by hand: an entry of 24 bytes says for which interval its key is listed, and the list of an interval says
/// which keys to emit at its end.
class plain_intervals {
 public:
  explicit plain_intervals(std::size_t keys) : sums_(keys) {}

  void prefetch(const record& r) const { sums_.prefetch(r.key); }

  void add(const record& r) {
    entry& e = sums_[r.key];
    e.sum += r.val;
    ++e.count;
    const auto interval = static_cast<std::uint32_t>(r.ts.ms() / interval_ms + 1);
    if (e.listed_for == interval) return;
    e.listed_for = interval;
    std::vector<std::int64_t>& list = lists_[interval % lists_.size()];
    list.push_back(r.key);
  }

  /// Emits the intervals that end at or before `w`.
  void advance(leat::event_time w) {
    for (; end_ <= w.ms(); end_ += interval_ms)
      fire(lists_[static_cast<std::size_t>(end_ / interval_ms + 1) % lists_.size()]);
  }
  void finish() {
    for (auto& list : lists_) fire(list);
  }

  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }

 private:
  struct entry {
    std::int64_t sum = 0;
    std::uint32_t count = 0;
    std::uint32_t listed_for = 0;
  };

  void fire(std::vector<std::int64_t>& list) {
    constexpr std::size_t ahead = 16;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i + ahead < list.size()) sums_.prefetch(list[i + ahead]);
      entry& e = sums_[list[i]];
      if (e.count == 0) continue;
      checksum_ += digest(list[i], e.sum);
      e.sum = 0;
      e.count = 0;
    }
    list.clear();
  }

  plain_table<entry> sums_;
  std::array<std::vector<std::int64_t>, 4> lists_;
  std::int64_t end_ = interval_ms - 1;
  std::uint64_t checksum_ = 0;
};

/// Makes and takes in `count` records, 64 at a time.
void add_up(const record_maker& make, source_position& position, std::uint64_t count, plain_intervals& sums) {
  constexpr std::uint64_t at_once = 64;
  std::array<record, at_once> batch;
  source_position at = position;
  for (std::uint64_t done = 0; done < count; done += at_once) {
    const std::uint64_t n = std::min(at_once, count - done);
    for (std::uint64_t i = 0; i < n; ++i) {
      batch[i] = make(at);
      sums.prefetch(batch[i]);
    }
    sums.advance(batch[0].ts - leat::duration{1});
    for (std::uint64_t i = 0; i < n; ++i) sums.add(batch[i]);
  }
  position = at;
}

measured plain_on_one(const record_maker& make, std::uint64_t records) {
  const pinned here{0, 0};
  plain_intervals sums{make.keys()};
  source_position at = make.start(0);
  measured m;
  add_up(make, at, make.warm_up(), sums);
  const stamp begin = stamp::now();
  add_up(make, at, records - make.warm_up(), sums);
  sums.finish();
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(records - make.warm_up());
  m.checksum = sums.checksum();
  return m;
}

/// Each thread sees its own records and the other's in order, so its watermark is the older of the two newest.
measured plain_on_two(const record_maker& make, std::uint64_t records) {
  std::array<std::unique_ptr<plain_intervals>, 2> tables;
  plain_exchange<record> exchange;
  const auto owner = [](const record& r) { return static_cast<std::size_t>(r.key & 1); };
  const auto prepare = [&](std::size_t self) {  // the warm-up of both sources, each thread taking its own keys
    tables[self] = std::make_unique<plain_intervals>(make.keys() / 2 + 1000);
    std::array<source_position, 2> at{make.start(0), make.start(1)};
    for (std::uint64_t i = 0; i < make.warm_up(); ++i) {
      for (source_position& p : at)
        if (const record r = make(p); owner(r) == self) {
          tables[self]->advance(r.ts - leat::duration{1});
          tables[self]->add(r);
        }
    }
  };
  measured m;
  m.took = on_two_threads(prepare, [&](std::size_t self) {
    plain_intervals& sums = *tables[self];
    source_position at = make.start(static_cast<std::uint32_t>(self));
    at.count = make.warm_up();
    const leat::event_time begin{static_cast<std::int64_t>(make.warm_up() / 1000)};
    leat::event_time own = begin;
    leat::event_time others = begin;
    const auto take = [&](const record* r, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) sums.prefetch(r[i]);
      for (std::size_t i = 0; i < count; ++i) sums.add(r[i]);
    };
    const auto take_others = [&](const record* r, std::size_t count) {
      take(r, count);
      others = r[count - 1].ts;
      sums.advance(std::min(own, others) - leat::duration{1});
    };
    const auto take_own = [&](const record* r, std::size_t count) {
      take(r, count);
      own = r[count - 1].ts;
      sums.advance(std::min(own, others) - leat::duration{1});
    };
    exchange_handlers handlers{take_own, take_others, [] {}};
    plain_exchange<record>::end end{exchange, self};
    for (std::uint64_t i = make.warm_up(); i < records / 2; ++i) {
      const record r = make(at);
      end.put(owner(r), r, handlers);
    }
    end.finish(handlers);
    sums.finish();
  });
  m.records = static_cast<double>(records - 2 * make.warm_up());
  m.checksum = tables[0]->checksum() + tables[1]->checksum();
  return m;
}

measured engine(const record_maker& make, std::uint32_t cores, std::uint64_t records) {
  // Results lag behind by an interval; where one ends they have caught up, so time is taken from there.
  const std::uint64_t warm_intervals = make.warm_up() / interval_records + 1;
  finish_line line{warm_intervals * interval_records * cores, records};
  leat::application app{"timers"};
  app.source("records", generated_records(make, cores, records / cores))
      .event_time(&record::ts, leat::monotonous())
      .key_by(&record::key)
      .process<interval_sums>("sums")
      .sink("finish", leat::callback_sink<interval_sum>([&line](const leat::batch<interval_sum>& results) {
              std::uint64_t checksum = 0;
              std::int64_t count = 0;  // of records: each is in one result
              for (std::size_t i = 0; i < results.size(); ++i) {
                checksum += digest(results.values()[i].key, results.values()[i].sum);
                count += results.values()[i].count;
              }
              line.pass(static_cast<std::uint64_t>(count), checksum);
            }));
  const std::string failure = run_engine(app, cores, options_for(cores));
  measured m = line.result(static_cast<double>(records));
  if (!failure.empty()) m.failure = failure;
  return m;
}

void run(benchmark::State& state, std::uint64_t keys, std::uint32_t cores, std::uint64_t records, std::size_t rounds) {
  const record_maker make{keys, cores};
  compare(
      state, cores, rounds, [&] { return cores == 1 ? plain_on_one(make, records) : plain_on_two(make, records); },
      [&] { return engine(make, cores, records); });
}

}  // namespace

void register_timers(const effort& e) {
  const std::uint64_t records = e.quick ? 3'000'000 : 40'000'000;
  for (const std::uint64_t keys : {1'000U, 100'000U, 1'000'000U, 10'000'000U}) {
    if (e.quick && keys > 1'000) break;
    for (const std::uint32_t cores : {1U, 2U})
      add("keyed_timers/keys:" + std::to_string(keys) + "/cores:" + std::to_string(cores),
          [=](benchmark::State& state) { run(state, keys, cores, keys + records * cores, e.rounds); });
  }
}

}  // namespace bench
