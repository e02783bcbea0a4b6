// Two keyed operators in sequence: a running sum per key, then one per a second key that is taken from the first sum.

#include "keyed_sum.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

constexpr std::uint64_t keys = 100'000;
constexpr std::uint64_t second_keys = 100'000;

/// The record that the second operator gets. Its value too is a function of its key.
record rekey(const record& r, std::int64_t sum) {
  const std::int64_t key = spread(static_cast<std::uint64_t>(sum) % second_keys);
  return {r.ts, key, key & 1023};
}

class first_sums final : public leat::keyed_process<std::int64_t, record, record> {
 public:
  void process(const record& r, context&, leat::output<record>& out) override {
    sum_and_count& s = so_far_.at();
    s.sum += r.val;
    ++s.count;
    out.emit(rekey(r, s.sum));
  }

 private:
  leat::value_state<sum_and_count> so_far_{*this, "so-far"};
};

record first_sum(const record& r, plain_table<plain_sum>& sums) {
  return rekey(r, static_cast<std::int64_t>(add(r, sums)));
}

std::uint64_t add_up_twice(const record_maker& make, source_position& position, std::uint64_t count,
                           plain_table<plain_sum>& first, plain_table<plain_sum>& second) {
  constexpr std::uint64_t at_once = 64;
  std::array<record, at_once> batch;
  source_position at = position;
  std::uint64_t checksum = 0;
  for (std::uint64_t done = 0; done < count; done += at_once) {
    const std::uint64_t n = std::min(at_once, count - done);
    for (std::uint64_t i = 0; i < n; ++i) {
      batch[i] = make(at);
      first.prefetch(batch[i].key);
    }
    for (std::uint64_t i = 0; i < n; ++i) {
      batch[i] = first_sum(batch[i], first);
      second.prefetch(batch[i].key);
    }
    for (std::uint64_t i = 0; i < n; ++i) checksum += add(batch[i], second);
  }
  position = at;
  return checksum;
}

measured plain_on_one(const record_maker& make, std::uint64_t records) {
  const pinned here{0, 0};
  plain_table<plain_sum> first{keys};
  plain_table<plain_sum> second{second_keys};
  source_position at = make.start(0);
  measured m;
  m.checksum = add_up_twice(make, at, make.warm_up(), first, second);
  const stamp begin = stamp::now();
  m.checksum += add_up_twice(make, at, records - make.warm_up(), first, second);
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(records - make.warm_up());
  return m;
}

measured plain_on_two(const record_maker& make, std::uint64_t records) {
  std::array<std::uint64_t, 2> checksums{};
  plain_exchange<record> to_first;
  plain_exchange<record> to_second;
  const auto owner = [](const record& r) { return static_cast<std::size_t>(r.key & 1); };
  std::array<std::unique_ptr<plain_table<plain_sum>>, 2> first;
  std::array<std::unique_ptr<plain_table<plain_sum>>, 2> second;
  const auto prepare = [&](std::size_t self) {
    first[self] = std::make_unique<plain_table<plain_sum>>(keys / 2 + 1000);
    second[self] = std::make_unique<plain_table<plain_sum>>(second_keys / 2 + 1000);
  };
  measured m;
  m.took = on_two_threads(prepare, [&](std::size_t self) {
    source_position at = make.start(static_cast<std::uint32_t>(self));
    std::uint64_t checksum = 0;
    plain_exchange<record>::end first_end{to_first, self};
    plain_exchange<record>::end second_end{to_second, self};
    const auto take_second = [&, &sums = *second[self]](const record* r, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) sums.prefetch(r[i].key);
      for (std::size_t i = 0; i < count; ++i) checksum += add(r[i], sums);
    };
    exchange_handlers second_handlers{take_second, take_second, [] {}};
    const auto take_first = [&, &sums = *first[self]](const record* r, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) sums.prefetch(r[i].key);
      for (std::size_t i = 0; i < count; ++i) {
        const record next = first_sum(r[i], sums);
        second_end.put(owner(next), next, second_handlers);
      }
    };
    exchange_handlers first_handlers{take_first, take_first, [&] { second_end.poll(second_handlers); }};
    for (std::uint64_t i = 0; i < records / 2; ++i) {
      const record r = make(at);
      first_end.put(owner(r), r, first_handlers);
    }
    first_end.finish(first_handlers);
    second_end.finish(second_handlers);
    checksums[self] = checksum;
  });
  m.records = static_cast<double>(records);  // without a warm-up: at two shuffles there is no fair place for the marker
  m.checksum = checksums[0] + checksums[1];
  return m;
}

measured engine(const record_maker& make, std::uint32_t cores, std::uint64_t records) {
  finish_line line{cores == 1 ? make.warm_up() : 0, records};
  leat::application app{"two-keys"};
  app.source("records", generated_records(make, cores, records / cores))
      .event_time(&record::ts, leat::monotonous())
      .key_by(&record::key)
      .process<first_sums>("first")
      .key_by(&record::key)
      .process<running_sums>("second")
      .sink("finish",
            finish<running_sum>(line, [](const running_sum& s) { return static_cast<std::uint64_t>(s.sum); }));
  const std::string failure = run_engine(app, cores, options_for(cores));
  measured m = line.result(static_cast<double>(records));
  if (!failure.empty()) m.failure = failure;
  return m;
}

void run(benchmark::State& state, std::uint32_t cores, std::uint64_t records, std::size_t rounds) {
  const record_maker make{keys, cores};
  compare(
      state, cores, rounds, [&] { return cores == 1 ? plain_on_one(make, records) : plain_on_two(make, records); },
      [&] { return engine(make, cores, records); });
}

}  // namespace

void register_two_keys(const effort& e) {
  const std::uint64_t records = e.quick ? 400'000 : 40'000'000;
  for (const std::uint32_t cores : {1U, 2U})
    add("two_keyed/keys:" + std::to_string(keys) + "/cores:" + std::to_string(cores),
        [=](benchmark::State& state) { run(state, cores, keys + records * cores, e.rounds); });
}

}  // namespace bench
