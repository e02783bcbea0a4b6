// Reading a model file, and what is said about one that is no model.

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "model.hpp"

namespace {

const std::vector<std::string> lines{
    "feature,weight,mean,std",
    "intercept,-1,0,1",
    "TX_AMOUNT,2,50,10",
    "TX_DURING_WEEKEND,0,0,1",
    "TX_DURING_NIGHT,0,0,1",
    "CUSTOMER_ID_NB_TX_1DAY_WINDOW,0.5,3,2",
    "CUSTOMER_ID_AVG_AMOUNT_1DAY_WINDOW,0,0,1",
    "CUSTOMER_ID_NB_TX_7DAY_WINDOW,0,0,1",
    "CUSTOMER_ID_AVG_AMOUNT_7DAY_WINDOW,0,0,1",
    "CUSTOMER_ID_NB_TX_30DAY_WINDOW,0,0,1",
    "CUSTOMER_ID_AVG_AMOUNT_30DAY_WINDOW,0,0,1",
    "TERMINAL_ID_NB_TX_1DAY_WINDOW,0,0,1",
    "TERMINAL_ID_RISK_1DAY_WINDOW,0,0,1",
    "TERMINAL_ID_NB_TX_7DAY_WINDOW,0,0,1",
    "TERMINAL_ID_RISK_7DAY_WINDOW,0,0,1",
    "TERMINAL_ID_NB_TX_30DAY_WINDOW,0,0,1",
    "TERMINAL_ID_RISK_30DAY_WINDOW,1.5,0.01,0.1",
};

leat::result<fraud::model> read(const std::vector<std::string>& all, const char* line_end = "\n") {
  std::string text;
  for (const auto& line : all) text += line + line_end;
  std::istringstream in{text};
  return fraud::model::read(in, "m.csv");
}

fraud::assessed sample() {
  fraud::assessed a;
  a.amount_cents = 60'00;
  a.features.cust_nb_1d = 5;
  a.features.term_risk_30d = 0.21;
  return a;
}

}  // namespace

TEST_CASE("a model weighs the standardised features, whatever their order and the line ends") {
  // -1 + 2 * (60 - 50) / 10 + 0.5 * (5 - 3) / 2 + 1.5 * (0.21 - 0.01) / 0.1 = 4.5
  const double want = 0.989013057369;
  auto reversed = lines;
  std::reverse(reversed.begin() + 1, reversed.end());
  for (const auto& m : {read(lines), read(lines, "\r\n"), read(reversed)}) {
    REQUIRE_MESSAGE(m.has_value(), m.error().message());
    CHECK(m->score(sample()) == doctest::Approx(want).epsilon(1e-11));
  }
}

TEST_CASE("a score stays between 0 and 1 at any amount") {
  const fraud::model m;
  for (const std::uint32_t cents : {0U, 1U, 220'00U, 4'294'967'295U}) {
    auto a = sample();
    a.amount_cents = cents;
    const double score = m.score(a);
    CHECK(score >= 0.0);
    CHECK(score <= 1.0);
  }
}

TEST_CASE("a malformed model file is refused with file, line and reason") {
  struct row {
    std::size_t line;  // counted from 0
    std::string text;
    std::string want;
  };
  const row rows[] = {
      {0, "feature,weight", "m.csv:1: expected the header 'feature,weight,mean,std', found 'feature,weight'"},
      {2, "TX_AMOUNT,2,50", "m.csv:3: expected 4 columns, found 3"},
      {2, "TX_AMOUNT,2,50,10,", "m.csv:3: expected 4 columns, found 5"},
      {2, "tx_amount,2,50,10", "m.csv:3: unknown feature 'tx_amount'"},
      {2, "TX_AMOUNT,two,50,10", "m.csv:3: expected a number, found 'two'"},
      {2, "TX_AMOUNT,2,,10", "m.csv:3: expected a number, found ''"},
      {2, "TX_AMOUNT,2,50x,10", "m.csv:3: expected a number, found '50x'"},
      {2, "TX_AMOUNT,nan,50,10", "m.csv:3: expected a number, found 'nan'"},
      {2, "TX_AMOUNT,2,50,inf", "m.csv:3: expected a number, found 'inf'"},
      {2, "TX_AMOUNT,2,50,0", "m.csv:3: a standard deviation must be above 0, found '0'"},
      {2, "TX_AMOUNT,2,50,-1", "m.csv:3: a standard deviation must be above 0, found '-1'"},
      {2, "intercept,2,0,1", "m.csv:3: a second line for 'intercept'"},
      {3, "TX_AMOUNT,2,50,10", "m.csv:4: a second line for 'TX_AMOUNT'"},
      {2, "", "m.csv:17: the file ends without 'TX_AMOUNT' (weight 0 leaves a feature out)"},
      {1, "", "m.csv:17: the file ends without 'intercept' (weight 0 leaves a feature out)"},
  };
  for (const auto& [line, text, want] : rows) {
    CAPTURE(text);
    auto all = lines;
    all[line] = text;
    const auto m = read(all);
    REQUIRE(!m.has_value());
    CHECK(m.error().code == leat::errc::corrupt);
    CHECK(m.error().detail == want);
  }
  CHECK(read({}).error().detail == "m.csv:1: expected the header 'feature,weight,mean,std', found an empty file");
  const auto missing = fraud::model::load("/nowhere/model.csv");
  REQUIRE(!missing.has_value());
  CHECK(missing.error().code == leat::errc::not_found);
  CHECK(missing.error().detail.find("/nowhere/model.csv") != std::string::npos);
}
