#include <leat/core/duration.hpp>

#include <doctest/doctest.h>

#include <limits>

using leat::duration;
using leat::format_duration;
using leat::parse_duration;

TEST_CASE("spans of time as people write them") {
  struct row {
    const char* text;
    std::int64_t ms;
  };
  for (const row& r : {row{"0s", 0}, row{"0ms", 0}, row{"500ms", 500}, row{"5s", 5'000}, row{"2min", 120'000},
                       row{"1h", 3'600'000}, row{"7d", 604'800'000}, row{"1h 30min", 5'400'000},
                       row{"1h30min", 5'400'000}, row{" 5 s ", 5'000}, row{"1d 1h 1min 1s 1ms", 90'061'001},
                       row{"007s", 7'000}, row{"9223372036854775807ms", std::numeric_limits<std::int64_t>::max()}}) {
    CAPTURE(r.text);
    const auto parsed = parse_duration(r.text);
    REQUIRE(parsed);
    CHECK(parsed->count() == r.ms);
  }
}

TEST_CASE("what is no span is refused with what would be right") {
  struct row {
    const char* text;
    const char* reason;
  };
  for (const row& r :
       {row{"", "empty"}, row{"  ", "empty"}, row{"5", "unit is missing"}, row{"5m", "minutes are 'min'"},
        row{"s", "number is missing"}, row{"-5s", "negative"}, row{"1.5s", "fractions"}, row{"1,5s", "fractions"},
        row{"5 sec", "no unit 'sec'"}, row{"5S", "no unit 'S'"}, row{"5s 1min", "larger unit comes first"},
        row{"5s 5s", "larger unit comes first"}, row{"1h x", "number is missing before 'x'"},
        row{"9223372036854775808ms", "too long"}, row{"106751991168d", "too long"},
        row{"106751991167d 100000h", "too long"}, row{"5s\n", "no unit"}}) {
    CAPTURE(r.text);
    const auto parsed = parse_duration(r.text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == leat::errc::invalid_argument);
    CAPTURE(parsed.error().detail);
    CHECK(parsed.error().detail.find(r.reason) != std::string::npos);
    CHECK(parsed.error().detail.find("for example 500ms") != std::string::npos);
  }
}

TEST_CASE("spans are shown exactly, and can be read back") {
  struct row {
    std::int64_t ms;
    const char* want;
  };
  for (const row& r : {row{0, "0s"}, row{1, "1ms"}, row{999, "999ms"}, row{1'000, "1s"}, row{1'500, "1s 500ms"},
                       row{5'400'000, "1h 30min"}, row{604'800'000, "7d"}, row{-1'500, "-1s 500ms"},
                       row{std::numeric_limits<std::int64_t>::max(), "106751991167d 7h 12min 55s 807ms"},
                       row{std::numeric_limits<std::int64_t>::min(), "-106751991167d 7h 12min 55s 808ms"}}) {
    CAPTURE(r.ms);
    const std::string text = format_duration(duration{r.ms});
    CHECK(text == r.want);
    if (r.ms < 0) continue;
    const auto back = parse_duration(text);
    REQUIRE(back);
    CHECK(back->count() == r.ms);
  }
}
