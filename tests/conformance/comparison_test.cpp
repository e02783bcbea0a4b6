#include "comparison.hpp"

#include <doctest/doctest.h>

namespace {

using leat::conformance::difference;
using leat::conformance::expectation;
using leat::conformance::json;
using leat::conformance::output_order;
using leat::conformance::outputs;
using enum leat::conformance::output_order;

outputs list(const char* text) { return json::parse(text).get<outputs>(); }

}  // namespace

TEST_CASE("when outputs count as those expected") {
  struct row {
    const char* title;
    output_order order;
    const char* expected;
    const char* got;
    bool equal;
  };
  const char* const two = R"([{"ts":1,"value":1},{"ts":2,"value":2},{"watermark":2}])";
  for (const row& r : {
           row{"nothing", exact, "[]", "[]", true},
           row{"something instead of nothing", exact, "[]", R"([{"watermark":1}])", false},
           row{"nothing instead of something", exact, R"([{"watermark":1}])", "[]", false},
           row{"members in another sequence", exact, R"([{"a":1,"b":2}])", R"([{"b":2,"a":1}])", true},
           row{"a member more", exact, R"([{"a":1}])", R"([{"a":1,"b":2}])", false},
           row{"null is not absent", exact, R"([{"ts":null}])", R"([{}])", false},
           row{"large numbers differ by one", exact, R"([{"watermark":9223372036854775807}])",
               R"([{"watermark":9223372036854775806}])", false},
           row{"exact: swapped", exact, two, R"([{"ts":2,"value":2},{"ts":1,"value":1},{"watermark":2}])", false},
           row{"any: swapped", any, two, R"([{"ts":2,"value":2},{"ts":1,"value":1},{"watermark":2}])", true},
           row{"by_ts: swapped", by_ts, two, R"([{"ts":2,"value":2},{"ts":1,"value":1},{"watermark":2}])", false},
           row{"by_ts: ties in any order", by_ts, R"([{"ts":1,"value":1},{"ts":1,"value":2}])",
               R"([{"ts":1,"value":2},{"ts":1,"value":1}])", true},
           row{"by_ts: records without time stand anywhere", by_ts, R"([{"ts":1},{"ts":null}])",
               R"([{"ts":null},{"ts":1}])", true},
           row{"any: one record twice", any, R"([{"ts":1},{"ts":2}])", R"([{"ts":1},{"ts":1}])", false},
           row{"any: a record behind the watermark", any, two,
               R"([{"ts":1,"value":1},{"watermark":2},{"ts":2,"value":2}])", false},
           row{"any: watermarks swapped", any, R"([{"watermark":1},{"status":"idle"}])",
               R"([{"status":"idle"},{"watermark":1}])", false},
           row{"by_ts: side outputs on their own", by_ts,
               R"([{"ts":1},{"side_output":"late","ts":0},{"side_output":"late","ts":3}])",
               R"([{"side_output":"late","ts":3},{"ts":1},{"side_output":"late","ts":0}])", true},
           row{"any: a side output is no record", any, R"([{"side_output":"late","ts":1}])", R"([{"ts":1}])", false},
           row{"blocked is compared", exact, R"([{"blocked":[1]}])", R"([{"blocked":[]}])", false},
           row{"blocked, expected but not shown", exact, R"([{"snapshot":1},{"blocked":[1]}])", R"([{"snapshot":1}])",
               true},
           row{"blocked, shown but not expected", exact, R"([{"snapshot":1}])", R"([{"snapshot":1},{"blocked":[1]}])",
               true},
       }) {
    CAPTURE(r.title);
    const std::string why = difference(expectation{r.order, list(r.expected)}, list(r.got));
    CAPTURE(why);
    CHECK(why.empty() == r.equal);
  }
}

TEST_CASE("a difference shows both sides") {
  const std::string why = difference(expectation{exact, list(R"([{"watermark":1}])")}, list(R"([{"watermark":2}])"));
  CHECK(why.find(R"(expected exactly [{"watermark":1}])") != std::string::npos);
  CHECK(why.find(R"(got [{"watermark":2}])") != std::string::npos);
}
