// data/sample.csv and data/sample_features.csv: a small data set of our own, for tests and examples
// that must run anywhere. LEAT_REWRITE_GOLDEN=1 in the environment writes both anew; then read the
// difference.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <type_traits>

#include <doctest/doctest.h>

#include "csv_lines.hpp"
#include "generate.hpp"
#include "reference.hpp"

namespace {

const std::string transactions_path = std::string{FRAUD_TEST_DATA_DIR} + "/sample.csv";
const std::string features_path = std::string{FRAUD_TEST_DATA_DIR} + "/sample_features.csv";

void check_or_rewrite(const std::string& path, const std::string& want) {
  if (std::getenv("LEAT_REWRITE_GOLDEN") != nullptr) {
    std::ofstream{path, std::ios::binary} << want;
    MESSAGE("written: ", path);
    return;
  }
  std::ifstream in{path, std::ios::binary};
  const std::string have{std::istreambuf_iterator<char>{in}, {}};
  const bool same = have == want;
  CHECK_MESSAGE(same, path, " is not what this version makes");
}

std::string features_of(const std::vector<fraud::transaction>& all) {
  std::string text;
  const fraud::feature_row names;
  leat::for_each_field(names,
                       [&](const char* name, const auto&) { text += (text.empty() ? "" : ",") + std::string{name}; });
  for (std::size_t i = 0; i < all.size(); ++i) {
    char separator = '\n';
    const auto row = fraud_test::reference_row(all, i);
    leat::for_each_field(row, [&](const char*, const auto& value) {
      char cell[32];
      if constexpr (std::is_floating_point_v<std::decay_t<decltype(value)>>)
        std::snprintf(cell, sizeof cell, "%c%.6f", separator, value);
      else
        std::snprintf(cell, sizeof cell, "%c%llu", separator, static_cast<unsigned long long>(value));
      text += cell;
      separator = ',';
    });
  }
  return text + '\n';
}

}  // namespace

TEST_CASE("the sample is what `fraud generate` makes, and its features are those of the definition") {
  // fraud generate --days 50 --customers 18 --terminals 400 --radius 8 --compromised-terminals 1
  // --compromised-cards 1
  fraud::traffic_options options;
  options.customers = 18;
  options.terminals = 400;
  options.radius = 8;
  options.compromised_terminals_per_day = 1;
  options.compromised_cards_per_day = 1;
  std::ostringstream sample;
  REQUIRE(fraud::generate(options, 50, "", sample).has_value());
  check_or_rewrite(transactions_path, sample.str());
  check_or_rewrite(features_path, features_of(fraud_test::read_transactions(transactions_path)));
}
