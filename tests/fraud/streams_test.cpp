// The functions on the engine, several subtasks side by side: the sample's features, and the
// walkthrough's rule.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

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

leat::job_report run(const leat::application& app, std::uint32_t parallelism, const std::string& state_directory = {}) {
  leat::job_options options;
  options.parallelism = parallelism;
  options.state_directory = state_directory;
  options.batch_records_max = 64;  // many batches and watermarks from little input
  options.restarts = leat::restart_strategy::none();
  auto report = leat::run(app, options);
  REQUIRE_MESSAGE(report.has_value(), report.error().message());
  return *std::move(report);
}

template <class Source>
leat::stream<fraud::feature_row> features_of(leat::application& app, Source source) {
  return fraud::assess(app.source("transactions", std::move(source))
                           .event_time(&fraud::transaction::tx_datetime, leat::monotonous()))
      .map([](const fraud::assessed& a) { return a.features; });
}

const std::string sample_dir = FRAUD_TEST_DATA_DIR;

/// Compares rows in any order with those expected of the sample's transactions.
void check_sample_features(std::vector<fraud::feature_row> have) {
  std::vector<fraud::feature_row> want;
  fraud_test::for_each_row(sample_dir + "/sample_features.csv",
                           [&](const auto& cells) { want.push_back(fraud_test::to_feature_row(cells)); });
  std::sort(have.begin(), have.end(), [](const auto& a, const auto& b) { return a.transaction_id < b.transaction_id; });
  REQUIRE(want.size() > 1'500);
  REQUIRE(have.size() == want.size());
  std::size_t differ = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    std::vector<double> wanted;
    leat::for_each_field(want[i], [&](const char*, const auto& v) { wanted.push_back(static_cast<double>(v)); });
    std::size_t column = 0;
    bool same = true;
    leat::for_each_field(have[i], [&](const char*, const auto& v) {
      same = same && std::abs(static_cast<double>(v) - wanted[column++]) < 1e-6;
    });
    differ += same ? 0 : 1;
  }
  CHECK(differ == 0);
}

/// Keys that have state in an operator, over its subtasks.
std::uint64_t state_keys(const leat::job_report& report, const std::string& uid) {
  std::uint64_t keys = 0;
  for (const auto& o : report.operators)
    if (o->uid == uid) keys += o->state_keys;
  return keys;
}

std::vector<std::uint64_t> alerts(const std::vector<fraud::payment>& payments, leat::duration within) {
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
  const auto transactions = fraud_test::read_transactions(sample_dir + "/sample.csv");
  for (const std::uint32_t parallelism : {1U, 2U, 3U}) {
    CAPTURE(parallelism);
    leat::application app{"features"};
    const collected<fraud::feature_row> found;
    features_of(app, leat::from_collection(transactions)).sink("features", found.sink());
    run(app, parallelism);
    check_sample_features(found.values());
  }
}

TEST_CASE("a run that goes on with more files finds all profiles, also at another parallelism") {
  namespace fs = std::filesystem;
  const fs::path dir = fs::temp_directory_path() / ("leat-fraud-streams-" + std::to_string(::getpid()));
  fs::remove_all(dir);
  fs::create_directories(dir / "in");
  std::ifstream sample{sample_dir + "/sample.csv"};
  std::string header;
  std::getline(sample, header);
  const collected<fraud::feature_row> found;
  for (std::uint32_t part = 0; part < 3; ++part) {
    std::ofstream file{dir / "in" / (std::to_string(part) + ".csv")};
    file << header << '\n';
    std::string line;
    for (int i = 0; i < 750 && std::getline(sample, line); ++i) file << line << '\n';
    file.close();
    leat::application app{"features"};
    features_of(app, leat::csv_files<fraud::transaction>((dir / "in").string()).in_order())
        .sink("features", found.sink());
    run(app, 1 + part, (dir / "state").string());
  }
  check_sample_features(found.values());
  fs::remove_all(dir);
}

TEST_CASE("customers and terminals that have gone silent leave no state behind") {
  std::vector<fraud::transaction> all;
  const auto pay_at = [&all](std::int64_t day, std::uint32_t who) {
    all.push_back({all.size(), leat::event_time{day * 86'400'000 + who}, who, who, 100, 0});
  };
  for (std::int64_t day = 0; day < 50; ++day) {
    for (int i = 0; i < 20; ++i) pay_at(day, 0);
    // A hundred others stop on the third day: 30 and 37 days later nothing of them is left.
    for (std::uint32_t who = 1; who <= 100 && day < 3; ++who) pay_at(day, who);
  }
  leat::application app{"silent"};
  const collected<fraud::feature_row> found;
  features_of(app, leat::from_collection(all)).sink("features", found.sink());
  // One subtask: another one without records might see nothing but the end, at which profiles stay.
  const auto report = run(app, 1);
  CHECK(state_keys(report, "customer-profiles") == 1);
  CHECK(state_keys(report, "terminal-profiles") == 1);
}

TEST_CASE("a large amount directly after a small one of the same account raises an alert") {
  struct row {
    const char* what;
    std::vector<fraud::payment> payments;
    ids want;
  };
  const row rows[] = {
      {"small, large", {pay(1, 7, 0, 0.50), pay(2, 7, 1, 500.01)}, {2}},
      {"the limits do not count", {pay(1, 7, 0, 1.00), pay(2, 7, 1, 800), pay(3, 7, 2, 0.5), pay(4, 7, 3, 500)}, {}},
      {"something between", {pay(1, 7, 0, 0.50), pay(2, 7, 1, 50), pay(3, 7, 2, 900)}, {}},
      {"another account between", {pay(1, 7, 0, 0.50), pay(2, 8, 1, 50), pay(3, 7, 2, 900)}, {3}},
      {"another account's small one", {pay(1, 8, 0, 0.50), pay(2, 7, 1, 900)}, {}},
      {"one alert only", {pay(1, 7, 0, 0.50), pay(2, 7, 1, 900), pay(3, 7, 2, 900)}, {2}},
      {"the last small one counts", {pay(1, 7, 0, 0.50), pay(2, 7, 1, 0.20), pay(3, 7, 2, 900)}, {3}},
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
    return alerts({pay(1, 7, 0, 0.50), pay(2, 8, minute - 1, 50), pay(3, 7, minute, 900)}, minutes{10});
  };
  CHECK(late(5) == ids{3});
  CHECK(late(10) == ids{3});
  CHECK(late(11).empty());
  // The second small one starts the time anew.
  CHECK(alerts({pay(1, 7, 0, 0.5), pay(2, 7, 8, 0.5), pay(3, 7, 15, 900)}, minutes{10}) == ids{3});
  // A large one between ends it.
  CHECK(alerts({pay(1, 7, 0, 0.5), pay(2, 7, 1, 50), pay(3, 7, 2, 0.5), pay(4, 7, 11, 900)}, minutes{10}) == ids{4});
}

TEST_CASE("the walkthrough raises its one alert: account 3, 871.15") {
  const std::string path = std::string{LEAT_SHARED_DIR} + "/data/fraud/flink_walkthrough.csv";
  std::vector<fraud::payment> payments;
  using fraud_test::number;
  fraud_test::for_each_row(path, [&](const auto& cells) {
    payments.push_back({number<std::uint64_t>(cells.at(0)), number<std::uint64_t>(cells.at(1)),
                        leat::event_time{number<std::int64_t>(cells.at(2))}, number<double>(cells.at(3))});
  });
  if (payments.empty()) {
    MESSAGE("skipped: no published data at ", path);
    return;
  }
  CHECK(payments.size() == 50);
  CHECK(alerts(payments, leat::duration{0}) == ids{27});
}
