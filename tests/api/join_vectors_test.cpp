// A full join in windows against published rows: facts from the streaming tests of RisingWave (github
// risingwavelabs/risingwave, e2e_test/streaming/time_window_join.slt; Apache License 2.0). Times are minutes of a day.

#include <leat/joins.hpp>
#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using leat::event_time;

struct row {
  event_time at;
  std::int32_t num = 0;
  std::string id;
  LEAT_FIELDS(at, num, id);
};
struct pair_of_rows {
  std::string left;  ///< empty: none
  std::string right;
  std::int32_t num = 0;
  std::int64_t start_min = 0;
  LEAT_FIELDS(left, right, num, start_min);
  auto operator<=>(const pair_of_rows&) const = default;
};

constexpr std::int64_t minute = 60'000;
event_time at(std::int64_t hours, std::int64_t minutes) { return event_time{(hours * 60 + minutes) * minute}; }

TEST_CASE("a full join in tumbling windows of 5 min") {
  for (const std::uint32_t parallelism : {1U, 2U, 4U}) {
    CAPTURE(parallelism);
    std::multiset<pair_of_rows> got;
    leat::memory_file_system files;
    leat::application app{"full-join"};
    const auto add = [&](const std::string& uid, std::vector<row> rows) {
      return app.source(uid, leat::from_collection(std::move(rows)))
          .event_time(&row::at, leat::bounded_out_of_orderness(5min))
          .key_by(&row::num);
    };
    auto left = add("left", {{at(12, 2), 1, "L1"}, {at(12, 6), 2, "L2"}, {at(12, 3), 3, "L3"}});
    auto right = add("right", {{at(12, 1), 2, "R2"}, {at(12, 4), 3, "R3"}, {at(12, 5), 4, "R4"}});
    left.co_group(right)
        .window(leat::tumbling_windows(5min))
        .process<pair_of_rows>("pairs",
                               [](std::int32_t num, const leat::time_window& w, std::span<const row> lefts,
                                  std::span<const row> rights, leat::output<pair_of_rows>& out) {
                                 const std::int64_t start = w.start_ms / minute;
                                 for (const row& l : lefts) {
                                   for (const row& r : rights) out.emit({l.id, r.id, num, start});
                                   if (rights.empty()) out.emit({l.id, "", num, start});
                                 }
                                 if (lefts.empty())
                                   for (const row& r : rights) out.emit({"", r.id, num, start});
                               })
        .sink("seen", leat::callback_sink<pair_of_rows>([&](const pair_of_rows& p) { got.insert(p); }));
    leat::job_options options;
    options.state_files = &files;
    options.parallelism = parallelism;
    auto job = leat::simulate(app, options, parallelism);
    REQUIRE(job);
    REQUIRE((*job)->run(1'000'000));
    const std::int64_t noon = 12 * 60;
    CHECK(got == std::multiset<pair_of_rows>{{"L1", "", 1, noon},
                                             {"L2", "", 2, noon + 5},
                                             {"L3", "R3", 3, noon},
                                             {"", "R2", 2, noon},
                                             {"", "R4", 4, noon + 5}});
  }
}

}  // namespace
