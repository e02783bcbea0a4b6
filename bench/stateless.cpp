// Map and filter: nothing but the path from the source to the sink.

#include "engine.hpp"
#include "plain_exchange.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

constexpr std::uint64_t keys = 100'000;

// Lambdas, not functions: a pointer to a function would be called for every record.
constexpr auto triple = [](const record& r) { return record{r.ts, r.key, r.val * 3 + 1}; };
constexpr auto even = [](const record& r) { return (r.val & 1) == 0; };
constexpr auto digest = [](const record& r) { return static_cast<std::uint64_t>(r.key + r.val); };

/// The results of one source, and how many there are.
struct outcome {
  std::uint64_t checksum = 0;
  std::uint64_t count = 0;
};

outcome plain_source(const record_maker& make, std::uint32_t source, std::uint64_t records) {
  outcome o;
  source_position at = make.start(source);
  for (std::uint64_t i = 0; i < records; ++i) {
    const record r = triple(make(at));
    const std::uint64_t keep = even(r) ? 1 : 0;  // a mask: a branch would be mispredicted half of the time
    o.checksum += digest(r) & (0 - keep);
    o.count += keep;
  }
  return o;
}

void run(benchmark::State& state, std::uint32_t cores, std::uint64_t records, std::size_t rounds) {
  const record_maker make{keys, cores};
  const std::uint64_t each = records / cores;
  std::uint64_t results = 0;
  const auto plain = [&] {
    measured m;
    std::array<outcome, 2> o;
    if (cores == 1) {
      const pinned here{0, 0};
      const stamp begin = stamp::now();
      o[0] = plain_source(make, 0, each);
      m.took = begin.until(stamp::now());
    } else {
      m.took = on_two_threads(
          [](std::size_t) {},
          [&](std::size_t self) { o[self] = plain_source(make, static_cast<std::uint32_t>(self), each); });
    }
    m.records = static_cast<double>(each * cores);
    m.checksum = o[0].checksum + o[1].checksum;
    results = o[0].count + o[1].count;
    return m;
  };
  const auto engine = [&] {
    finish_line line{0, results};
    leat::application app{"stateless"};
    app.source("records", generated_records(make, cores, each))
        .event_time(&record::ts, leat::monotonous())
        .map(triple)
        .filter(even)
        .sink("finish", finish<record>(line, digest));
    const std::string failure = run_engine(app, cores, options_for(cores));
    measured m = line.result(static_cast<double>(each * cores));
    if (!failure.empty()) m.failure = failure;
    return m;
  };
  compare(state, cores, rounds, plain, engine);
}

}  // namespace

void register_stateless(const effort& e) {
  const std::uint64_t records = e.quick ? 500'000 : 100'000'000;
  for (const std::uint32_t cores : {1U, 2U})
    add("stateless/cores:" + std::to_string(cores),
        [=](benchmark::State& state) { run(state, cores, records * cores, e.rounds); });
}

}  // namespace bench
