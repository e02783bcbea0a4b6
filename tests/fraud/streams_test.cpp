// The functions on the engine, several subtasks side by side: the sample's features, and the
// walkthrough's rule.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "csv_lines.hpp"
#include "profiles.hpp"
#include "rule.hpp"

namespace {

/// What a job's sink subtasks were handed.
template <class T>
class collected {
 public:
  [[nodiscard]] auto sink() const {
    return leat::callback_sink<T>([shared = shared_](const T& value) {
      const std::lock_guard hold{shared->mutex};
      shared->values.push_back(value);
    });
  }
  [[nodiscard]] std::vector<T> values() const {
    const std::lock_guard hold{shared_->mutex};
    return shared_->values;
  }

 private:
  struct guarded {
    std::mutex mutex;
    std::vector<T> values;  ///< guarded by mutex
  };
  std::shared_ptr<guarded> shared_ = std::make_shared<guarded>();
};

void run(const leat::application& app, std::uint32_t parallelism) {
  leat::job_options options;
  options.parallelism = parallelism;
  options.restarts = leat::restart_strategy::none();
  const auto report = leat::run(app, options);
  REQUIRE_MESSAGE(report.has_value(), report.error().message());
}

std::vector<std::uint64_t> alerts(const std::vector<fraud::payment>& payments,
                                  leat::duration within) {
  leat::application app{"rule"};
  const collected<fraud::rule_alert> found;
  app.source("payments", leat::from_collection(payments))
      .event_time(&fraud::payment::at, leat::monotonous())
      .key_by(&fraud::payment::account)
      .process<fraud::small_then_large>("rule", within)
      .sink("alerts", found.sink());
  run(app, 2);
  std::vector<std::uint64_t> ids;
  for (const auto& a : found.values()) ids.push_back(a.transaction_id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

fraud::payment pay(std::uint64_t id, std::uint64_t account, std::int64_t minute, double amount) {
  return {id, account, leat::event_time{minute * 60'000}, amount};
}

using ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("the features of the sample are the expected ones at any parallelism") {
  const std::string dir = FRAUD_TEST_DATA_DIR;
  const auto transactions = fraud_test::read_transactions(dir + "/sample.csv");
  REQUIRE(transactions.size() > 1'500);
  std::vector<fraud::feature_row> want;
  fraud_test::for_each_row(dir + "/sample_features.csv", [&](const auto& cells) {
    want.push_back(fraud_test::to_feature_row(cells));
  });
  for (const std::uint32_t parallelism : {1U, 2U, 3U}) {
    CAPTURE(parallelism);
    leat::application app{"features"};
    const collected<fraud::feature_row> found;
    app.source("transactions", leat::from_collection(transactions))
        .event_time(&fraud::transaction::tx_datetime, leat::monotonous())
        .key_by(&fraud::transaction::customer_id)
        .sorted_by_event_time("by-time")
        .process<fraud::customer_profiles>("customer-profiles")
        .key_by([](const fraud::customer_scored& c) { return c.paid.terminal_id; })
        .sorted_by_event_time("by-time-again")
        .process<fraud::terminal_profiles>("terminal-profiles")
        .map([](const fraud::assessed& a) { return a.features; })
        .sink("features", found.sink());
    run(app, parallelism);
    auto have = found.values();
    std::sort(have.begin(), have.end(),
              [](const auto& a, const auto& b) { return a.transaction_id < b.transaction_id; });
    REQUIRE(have.size() == want.size());
    std::size_t differ = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
      std::vector<double> wanted;
      leat::for_each_field(
          want[i], [&](const char*, const auto& v) { wanted.push_back(static_cast<double>(v)); });
      std::size_t column = 0;
      bool same = true;
      leat::for_each_field(have[i], [&](const char*, const auto& v) {
        same = same && std::abs(static_cast<double>(v) - wanted[column++]) < 1e-6;
      });
      differ += same ? 0 : 1;
    }
    CHECK(differ == 0);
  }
}

TEST_CASE("a large amount directly after a small one of the same account raises an alert") {
  struct row {
    const char* what;
    std::vector<fraud::payment> payments;
    ids want;
  };
  const row rows[] = {
      {"small, large", {pay(1, 7, 0, 0.50), pay(2, 7, 1, 500.01)}, {2}},
      {"the limits do not count",
       {pay(1, 7, 0, 1.00), pay(2, 7, 1, 800), pay(3, 7, 2, 0.5), pay(4, 7, 3, 500)},
       {}},
      {"something between", {pay(1, 7, 0, 0.50), pay(2, 7, 1, 50), pay(3, 7, 2, 900)}, {}},
      {"another account between", {pay(1, 7, 0, 0.50), pay(2, 8, 1, 50), pay(3, 7, 2, 900)}, {3}},
      {"another account's small one", {pay(1, 8, 0, 0.50), pay(2, 7, 1, 900)}, {}},
      {"one alert only", {pay(1, 7, 0, 0.50), pay(2, 7, 1, 900), pay(3, 7, 2, 900)}, {2}},
      {"the last small one counts",
       {pay(1, 7, 0, 0.50), pay(2, 7, 1, 0.20), pay(3, 7, 2, 900)},
       {3}},
      {"a year later", {pay(1, 7, 0, 0.50), pay(2, 7, 525'600, 900)}, {2}},
  };
  for (const auto& [what, payments, want] : rows) {
    CAPTURE(what);
    CHECK(alerts(payments, leat::duration{0}) == want);
  }
}

TEST_CASE("with a limit, a large amount that comes too late raises no alert") {
  using std::chrono::minutes;
  const auto late = [](std::int64_t minute) {
    return alerts({pay(1, 7, 0, 0.50), pay(2, 8, minute - 1, 50), pay(3, 7, minute, 900)},
                  minutes{10});
  };
  CHECK(late(5) == ids{3});
  CHECK(late(10) == ids{3});
  CHECK(late(11).empty());
  // The second small one starts the time anew.
  CHECK(alerts({pay(1, 7, 0, 0.5), pay(2, 7, 8, 0.5), pay(3, 7, 15, 900)}, minutes{10}) == ids{3});
  // A large one between ends it.
  CHECK(alerts({pay(1, 7, 0, 0.5), pay(2, 7, 1, 50), pay(3, 7, 2, 0.5), pay(4, 7, 11, 900)},
               minutes{10}) == ids{4});
}

TEST_CASE("the walkthrough raises its one alert: account 3, 871.15") {
  const std::string path = std::string{LEAT_SHARED_DIR} + "/data/fraud/flink_walkthrough.csv";
  std::vector<fraud::payment> payments;
  using fraud_test::number;
  fraud_test::for_each_row(path, [&](const auto& cells) {
    payments.push_back({number<std::uint64_t>(cells.at(0)), number<std::uint64_t>(cells.at(1)),
                        leat::event_time{number<std::int64_t>(cells.at(2))},
                        number<double>(cells.at(3))});
  });
  if (payments.empty()) {
    MESSAGE("skipped: no published data at ", path);
    return;
  }
  CHECK(payments.size() == 50);
  CHECK(alerts(payments, leat::duration{0}) == ids{27});
}
