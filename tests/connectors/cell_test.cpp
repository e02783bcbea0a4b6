#include <leat/connectors/cell.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace leat::formats {
namespace {

enum class color : std::uint8_t { red = 0, blue = 2 };
using user = strong<std::uint64_t, struct user_tag>;

/// The value of a cell, nothing if it cannot be one.
template <class T>
std::optional<T> read(std::string_view text) {
  T v{};
  return read_cell(text, v) ? std::optional<T>(v) : std::nullopt;
}

template <class T>
std::string written(const T& v, const cell_format& format = {}) {
  std::string text;
  append_cell(text, v, format);
  return text;
}

TEST_CASE("integers are whole decimal numbers within the type's range") {
  const struct {
    std::string_view text;
    std::optional<std::int8_t> narrow;
    std::optional<std::uint64_t> wide;
  } rows[] = {
      {"0", 0, 0},
      {"007", 7, 7},
      {" 7\t", 7, 7},
      {"-1", -1, {}},
      {"127", 127, 127},
      {"128", {}, 128},
      {"-128", -128, {}},
      {"-129", {}, {}},
      {"18446744073709551615", {}, std::numeric_limits<std::uint64_t>::max()},
      {"18446744073709551616", {}, {}},
      {"", {}, {}},
      {" ", {}, {}},
      {"+1", {}, {}},
      {"1.0", {}, {}},
      {"1e2", {}, {}},
      {"0x1", {}, {}},
      {"1 2", {}, {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(read<std::int8_t>(row.text) == row.narrow);
    CHECK(read<std::uint64_t>(row.text) == row.wide);
  }
}

TEST_CASE("reals take what from_chars takes") {
  CHECK(read<double>("0.1") == 0.1);
  CHECK(read<double>(" -1e300 ") == -1e300);
  CHECK(read<float>("1e39") == std::nullopt);
  CHECK(read<double>("inf") == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(*read<double>("nan")));
  for (const std::string_view bad : {"", "1,5", "1.5x", "0x1p3", "+1", "1e999"}) {
    CAPTURE(bad);
    CHECK(read<double>(bad) == std::nullopt);
  }
}

TEST_CASE("times are ms or ISO 8601") {
  const struct {
    std::string_view text;
    std::optional<std::int64_t> ms;
  } rows[] = {
      {"1522540831000", 1522540831000},
      {"-5", -5},
      {"2018-04-01T00:00:31", 1522540831000},
      {"2018-04-01 00:00:31", 1522540831000},
      {"2018-04-01T00:00:31Z", 1522540831000},
      {" 2018-04-01T00:00:31.1Z ", 1522540831100},
      {"2018-04-01T00:00:31.12", 1522540831120},
      {"2018-04-01T00:00:31.123", 1522540831123},
      {"2018-04-01T00:00:31.123999999Z", 1522540831123},
      {"1970-01-01T00:00:00", 0},
      {"1969-12-31T23:59:59.999", -1},
      {"2000-02-29T00:00:00", 951782400000},
      {"0000-01-01T00:00:00", -62167219200000},
      {"9999-12-31T23:59:59.999Z", 253402300799999},
      {"1900-02-29T00:00:00", {}},
      {"2018-04-31T00:00:00", {}},
      {"2018-13-01T00:00:00", {}},
      {"2018-00-01T00:00:00", {}},
      {"2018-04-00T00:00:00", {}},
      {"2018-04-01T24:00:00", {}},
      {"2018-04-01T00:60:00", {}},
      {"2018-04-01T00:00:60", {}},
      {"2018-04-01T00:00", {}},
      {"2018-04-01", {}},
      {"2018-04-01T00:00:31.", {}},
      {"2018-04-01T00:00:31.1234567890", {}},
      {"2018-04-01T00:00:31+00:00", 1522540831000},
      {"2018-04-01T02:00:31+02:00", 1522540831000},
      {"2018-03-31T20:30:31.5-0330", 1522540831500},
      {"2018-04-01T09:00:31+09", 1522540831000},
      {"1970-01-01T00:00:00+23:59", -86'340'000},
      {"2018-04-01T00:00:31+2:00", {}},
      {"2018-04-01T00:00:31+24:00", {}},
      {"2018-04-01T00:00:31+02:60", {}},
      {"2018-04-01T00:00:31+02:", {}},
      {"2018-04-01T00:00:31+", {}},
      {"2018-04-01T00:00:31Z+02:00", {}},
      {"2018-4-1T00:00:31", {}},
      {"yesterday", {}},
      {"", {}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto got = read<event_time>(row.text);
    CHECK(got.has_value() == row.ms.has_value());
    if (got && row.ms) CHECK(got->ms() == *row.ms);
  }
}

TEST_CASE("ISO times written are read back") {
  cell_format iso;
  iso.times = cell_format::time_text::iso;
  CHECK(written(event_time{1522540831007}, iso) == "2018-04-01T00:00:31.007Z");
  CHECK(written(event_time{-1}, iso) == "1969-12-31T23:59:59.999Z");
  CHECK(written(event_time::max(), iso) == "9223372036854775807");
  for (std::int64_t ms = -62167219200000; ms < 253402300799999; ms += 3'456'789'123'457) {
    CAPTURE(ms);
    CHECK(read<event_time>(written(event_time{ms}, iso)) == event_time{ms});
  }
  for (std::int64_t day = 0; day < 366 * 4; ++day) {
    const event_time t{946684800000 + day * 86'400'000 + 1};
    CHECK(read<event_time>(written(t, iso)) == t);
  }
}

TEST_CASE("bools, enums, strong types, strings and optionals") {
  CHECK(read<bool>("1") == true);
  CHECK(read<bool>(" false") == false);
  CHECK(read<bool>("TRUE") == std::nullopt);
  CHECK(read<color>("2") == color::blue);
  CHECK(read<color>("256") == std::nullopt);
  CHECK(read<user>("17") == user{17});
  CHECK(read<std::string>(" as it is ") == " as it is ");

  std::optional<int> number = 5;
  CHECK(read_cell("", number));
  CHECK(number == std::nullopt);
  CHECK(read_cell("6", number));
  CHECK(number == 6);
  CHECK_FALSE(read_cell("x", number));
  std::optional<std::string> text = "old";
  CHECK(read_cell(std::string_view{}, text));
  CHECK(text == std::nullopt);
  CHECK(read_cell("", text));  // a quoted empty cell
  CHECK(text == "");
}

TEST_CASE("cells are written so that they read back") {
  CHECK(written(true) == "true");
  CHECK(written(std::int8_t{-128}) == "-128");
  CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(written(0.1) == "0.1");
  CHECK(written(0.1F) == "0.1");
  CHECK(written(1e300) == "1e+300");
  CHECK(written(2.0 / 3, {.delimiter = ',', .decimals = 6}) == "0.666667");
  CHECK(written(-1e308, {.delimiter = ',', .decimals = 100}).size() == 411);
  CHECK(written(color::blue) == "2");
  CHECK(written(user{17}) == "17");
  CHECK(written(event_time{-7}) == "-7");
  CHECK(written(std::optional<int>{}) == "");
  CHECK(written(std::optional<int>{3}) == "3");
  CHECK(written(std::optional<std::string>{""}) == "\"\"");
  const struct {
    std::string value, cell;
  } rows[] = {
      {"", ""},
      {"plain text", "plain text"},
      {"a,b", "\"a,b\""},
      {"a;b", "a;b"},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"two\nlines", "\"two\nlines\""},
      {"cr\r", "\"cr\r\""},
      {" edge", "\" edge\""},
      {"edge\t", "\"edge\t\""},
  };
  for (const auto& row : rows) CHECK(written(row.value) == row.cell);
  CHECK(written(std::string("a;b"), {.delimiter = ';', .decimals = {}}) == "\"a;b\"");
}

TEST_CASE("what was expected is said in words") {
  CHECK(expected_cell<std::uint8_t>() == "an integer from 0 to 255");
  CHECK(expected_cell<std::optional<std::int8_t>>() == "an integer from -128 to 127, or nothing");
  CHECK(expected_cell<user>() == "an integer from 0 to 18446744073709551615");
  CHECK(expected_cell<bool>() == "0, 1, true or false");
  CHECK(expected_cell<event_time>() == "a time (ms since 1970, or like 2018-04-01T00:00:31.123Z)");
}

}  // namespace
}  // namespace leat::formats
