// The profiles and the model against the published features and scores, without the engine.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <doctest/doctest.h>

#include "csv_lines.hpp"
#include "customer_profile.hpp"
#include "model.hpp"
#include "terminal_profile.hpp"

#ifndef LEAT_SHARED_DIR
#define LEAT_SHARED_DIR ""
#endif

using namespace fraud_test;

namespace {

const std::string data_dir = std::string{LEAT_SHARED_DIR} + "/data/fraud/";

bool available() {
  if (std::filesystem::exists(data_dir + "transactions.csv.zst")) return true;
  MESSAGE("skipped: no published data at ", data_dir);
  return false;
}

std::vector<fraud::assessed> assess(const std::vector<fraud::transaction>& all) {
  std::unordered_map<std::uint32_t, fraud::customer_profile> customers;
  std::unordered_map<std::uint32_t, fraud::terminal_profile> terminals;
  std::vector<fraud::assessed> found;
  found.reserve(all.size());
  for (const auto& t : all) {
    const auto c = customers[t.customer_id].add(t.tx_datetime, t.amount_cents);
    const auto k = terminals[t.terminal_id].add(t.tx_datetime, t.fraud != 0);
    found.push_back({fraud::make_row(t, c, k), t.amount_cents});
  }
  return found;
}

bool same_customer_features(const fraud::feature_row& a, const fraud::feature_row& b) {
  return a.cust_nb_1d == b.cust_nb_1d && std::abs(a.cust_avg_1d - b.cust_avg_1d) < 1e-6 &&
         a.cust_nb_7d == b.cust_nb_7d && std::abs(a.cust_avg_7d - b.cust_avg_7d) < 1e-6 &&
         a.cust_nb_30d == b.cust_nb_30d && std::abs(a.cust_avg_30d - b.cust_avg_30d) < 1e-6;
}

bool same_other_features(const fraud::feature_row& a, const fraud::feature_row& b) {
  return a.transaction_id == b.transaction_id && a.weekend == b.weekend && a.night == b.night &&
         a.term_nb_1d == b.term_nb_1d && std::abs(a.term_risk_1d - b.term_risk_1d) < 1e-6 &&
         a.term_nb_7d == b.term_nb_7d && std::abs(a.term_risk_7d - b.term_risk_7d) < 1e-6 &&
         a.term_nb_30d == b.term_nb_30d && std::abs(a.term_risk_30d - b.term_risk_30d) < 1e-6;
}

}  // namespace

TEST_CASE("the features and scores of the published transactions are the published ones") {
  if (!available()) return;
  const auto all = read_transactions(data_dir + "transactions.csv.zst");
  REQUIRE(all.size() == 863'006);
  const auto found = assess(all);

  // Where a customer pays twice in a second, the published order of the two is arbitrary.
  std::unordered_set<std::uint64_t> ties;
  for_each_row(data_dir + "ties.csv", [&](const auto& cells) { ties.insert(number<std::uint64_t>(cells.at(0))); });
  CHECK(ties.size() == 28);

  std::size_t index = 0;
  std::size_t tied_differ = 0;
  std::size_t differ = 0;
  const auto rows = for_each_row(data_dir + "expected_features.csv.zst", [&](const auto& cells) {
    const auto want = to_feature_row(cells);
    const auto& have = found.at(index++).features;
    const bool same = same_customer_features(have, want);
    if (ties.contains(want.transaction_id)) {
      tied_differ += same ? 0 : 1;
    } else if (!same) {
      if (++differ <= 5) FAIL_CHECK("customer features of transaction ", want.transaction_id);
    }
    if (!same_other_features(have, want)) {
      if (++differ <= 5) FAIL_CHECK("terminal features or calendar of transaction ", want.transaction_id);
    }
  });
  CHECK(rows == all.size());
  CHECK(differ == 0);
  MESSAGE("customer features of tied rows that differ from the published order: ", tied_differ, " of ", ties.size());

  const auto loaded = fraud::model::load(data_dir + "model_logreg_train_d62_68.csv");
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message());
  const fraud::model built_in;
  double furthest = 0;
  std::size_t built_in_differs = 0;
  const auto scores = for_each_row(data_dir + "model_logreg_scores_test_d76_82.csv.gz", [&](const auto& cells) {
    const auto& a = found.at(number<std::uint64_t>(cells.at(0)));
    const auto want = number<double>(cells.at(1));
    if (!ties.contains(a.features.transaction_id)) furthest = std::max(furthest, std::abs(loaded->score(a) - want));
    built_in_differs += built_in.score(a) == loaded->score(a) ? 0 : 1;
  });
  CHECK(scores == 58'177);
  CHECK(furthest < 1e-8);
  CHECK(built_in_differs == 0);
  MESSAGE("furthest score from the published one: ", furthest);
}
