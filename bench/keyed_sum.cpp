// A running sum per key, which emits the new sum for every record.

#include "keyed_sum.hpp"

#include "engine.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

void run(benchmark::State& state, std::uint64_t keys, std::uint32_t cores, std::uint64_t records, std::size_t rounds) {
  const record_maker make{keys, cores};
  compare(
      state, cores, rounds, [&] { return cores == 1 ? plain_sums(make, records) : plain_sums_on_two(make, records); },
      [&] { return engine_sums(make, cores, records, options_for(cores)); });
}

}  // namespace

measured plain_sums(const record_maker& make, std::uint64_t records) {
  const pinned here{0, 0};
  plain_table<plain_sum> sums{make.keys()};
  source_position at = make.start(0);
  measured m;
  m.checksum = add_up(make, at, make.warm_up(), sums);
  const stamp begin = stamp::now();
  m.checksum += add_up(make, at, records - make.warm_up(), sums);
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(records - make.warm_up());
  return m;
}

measured plain_sums_on_two(const record_maker& make, std::uint64_t records) {
  std::array<std::unique_ptr<plain_table<plain_sum>>, 2> tables;
  std::array<std::uint64_t, 2> checksums{};
  plain_exchange<record> exchange;
  const auto owner = [](const record& r) { return static_cast<std::size_t>(r.key & 1); };
  const auto prepare = [&](std::size_t self) {  // the warm-up of both sources, each thread taking its own keys
    tables[self] = std::make_unique<plain_table<plain_sum>>(make.keys() / 2 + 1000);
    for (std::uint32_t source = 0; source < 2; ++source) {
      source_position at = make.start(source);
      for (std::uint64_t i = 0; i < make.warm_up(); ++i)
        if (const record r = make(at); owner(r) == self) checksums[self] += add(r, *tables[self]);
    }
  };
  measured m;
  m.took = on_two_threads(prepare, [&](std::size_t self) {
    plain_table<plain_sum>& sums = *tables[self];
    source_position at = make.start(static_cast<std::uint32_t>(self));
    at.count = make.warm_up();
    std::uint64_t checksum = checksums[self];
    const auto take = [&](const record* r, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) sums.prefetch(r[i].key);
      for (std::size_t i = 0; i < count; ++i) checksum += add(r[i], sums);
    };
    exchange_handlers handlers{take, take, [] {}};
    plain_exchange<record>::end end{exchange, self};
    for (std::uint64_t i = make.warm_up(); i < records / 2; ++i) {
      const record r = make(at);
      end.put(owner(r), r, handlers);
    }
    end.finish(handlers);
    checksums[self] = checksum;
  });
  m.records = static_cast<double>(records - 2 * make.warm_up());
  m.checksum = checksums[0] + checksums[1];
  return m;
}

measured engine_sums(const record_maker& make, std::uint32_t cores, std::uint64_t records, leat::job_options options) {
  finish_line line{make.warm_up() * cores, records};
  leat::application app{"keyed-sum"};
  describe_sums(app, make, cores, records, line);
  const std::string failure = run_engine(app, cores, std::move(options));
  measured m = line.result(static_cast<double>(records));
  if (!failure.empty()) m.failure = failure;
  return m;
}

void register_keyed_sum(const effort& e) {
  const std::uint64_t records = e.quick ? 200'000 : 50'000'000;
  for (const std::uint64_t keys : {1'000U, 100'000U, 1'000'000U, 10'000'000U}) {
    if (e.quick && keys > 100'000) break;
    for (const std::uint32_t cores : {1U, 2U})
      add("keyed_sum/keys:" + std::to_string(keys) + "/cores:" + std::to_string(cores),
          [=](benchmark::State& state) { run(state, keys, cores, keys + records * cores, e.rounds); });
  }
}

}  // namespace bench
