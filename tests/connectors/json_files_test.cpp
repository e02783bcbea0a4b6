#include <leat/connectors/json_files.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compress.hpp"
#include "disk.hpp"

namespace leat::test {
namespace {

enum class kind : std::uint8_t { start = 1, end = 2 };

struct item {
  std::string name;
  double price = 0;
  LEAT_FIELDS(name, price);
  bool operator==(const item&) const = default;
};

struct order {
  std::uint64_t id = 0;
  std::int8_t delta = 0;
  event_time at;
  bool paid = false;
  kind what = kind::start;
  item first;
  std::vector<item> items;
  std::optional<item> gift;
  std::optional<float> rebate;
  std::vector<std::vector<int>> grid;
  LEAT_FIELDS(id, delta, at, paid, what, first, items, gift, rebate, grid);
  bool operator==(const order&) const = default;
};

struct small {
  int a = 0;
  std::optional<std::string> b;
  LEAT_FIELDS(a, b);
  bool operator==(const small&) const = default;
};

using smalls = json_files<small>;

const order full{
    18446744073709551615U, -128, event_time{1522540831000}, true, kind::end, {"x", 1.5}, {{"y", 2}, {"z\n\"é", -1e-3}},
    item{"g", 0},          0.5F, {{1, 2}, {}, {3}}};

const std::string full_text =
    R"({"id":18446744073709551615,"delta":-128,"at":"2018-04-01T00:00:31Z","paid":true,"what":2,)"
    R"("first":{"name":"x","price":1.5},"items":[{"name":"y","price":2},{"price":-1e-3,"name":"z\n\"\u00e9"}],)"
    R"("gift":{"name":"g","price":0},"rebate":0.5,"grid":[[1,2],[],[3]]})";

TEST_CASE("JSON: nested structs, lists and optionals by name") {
  disk d;
  d.put("a.jsonl", full_text + "\n" +
                       R"({"more":{"id":[1,{"x":2}]},"grid":[],"gift":null,"items":[],"first":{"price":3,"name":""},)"
                       R"("what":1,"paid":false,"at":-7,"delta":127,"id":0})");
  const auto rows = read_all(json_files<order>("a.jsonl"), d.context()).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == full);
  CHECK(rows[1] == order{0, 127, event_time{-7}, false, kind::start, {"", 3}, {}, {}, {}, {}});
}

TEST_CASE("JSON: rows may be any value that a record can be") {
  disk d;
  d.put("numbers.jsonl", "1\n-2\n");
  CHECK(read_all(json_files<int>("numbers.jsonl"), d.context()).value() == std::vector<int>{1, -2});
}

TEST_CASE("JSON: what is accepted as lines") {
  const std::vector<small> want{{1, "x"}, {2, {}}, {3, {}}};
  const struct {
    std::string what, text;
  } cases[] = {
      {"plain", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":null}\n{\"a\":3}\n"},
      {"no last line end", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n{\"a\":3}"},
      {"CRLF", "{\"a\":1,\"b\":\"x\"}\r\n{\"a\":2}\r\n{\"a\":3}\r\n"},
      {"blank lines", "\n  \n{\"a\":1,\"b\":\"x\"}\n\r\n{\"a\":2}\n\t\n{\"a\":3}\n\n"},
      {"byte order mark", "\xEF\xBB\xBF{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n{\"a\":3}\n"},
      {"blanks", " { \"a\" : 1 , \"b\" : \"x\" } \n{\"a\":2}\n{\"a\":3}\n"},
      {"any order", "{\"b\":\"x\",\"a\":1}\n{\"b\":null,\"c\":[],\"a\":2}\n{\"c\":{\"a\":9},\"a\":3}\n"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    disk d;
    d.put("in/a.jsonl", c.text);
    CHECK(read_all(smalls("in"), d.context()).value() == want);
    CHECK(read_with_restarts(smalls("in"), {"in/a.jsonl"}, d.context()) == want);
    for (std::uint64_t size = 1; size <= c.text.size(); ++size) {
      CAPTURE(size);
      CHECK(read_all(smalls("in").split_size(size), d.context()).value() == want);
    }
    d.put("in/a.jsonl.gz", gzip(c.text));
    d.put("in/a.ndjson.zst", zstd(c.text));
    CHECK(read_all(smalls("in"), d.context()).value().size() == 9);
    CHECK(read_with_restarts(smalls("in"), {"in/a.ndjson.zst"}, d.context()) == want);
  }
}

TEST_CASE("JSON: malformed rows") {
  const std::string good = full_text.substr(0, full_text.size() - 1);
  const struct {
    std::string row, reason;
  } cases[] = {
      {"{\"a\":}",
       "not JSON: The JSON document has an improper structure: missing or superfluous commas, braces, "
       "missing keys, etc."},
      {"{\"a\":1} {\"a\":2}",
       "not JSON: The JSON document has an improper structure: missing or superfluous commas, braces, missing keys, "
       "etc."},
      {"{\"a\":1",
       "not JSON: The JSON document has an improper structure: missing or superfluous commas, braces, "
       "missing keys, etc."},
      {"{\"a\":1,\"b\":\"\xFF\"}", "not JSON: The input is not valid UTF-8"},
      {"[1]", "expected an object, found [1]"},
      {"{\"b\":\"x\",\"A\":1}", "field \"a\": it is missing (did you mean \"A\"?); the object has: b, A"},
      {"{}", "field \"a\": it is missing"},
      {"{\"a\":null}", "field \"a\": expected an integer from -2147483648 to 2147483647, found null"},
      {"{\"a\":2147483648}", "field \"a\": expected an integer from -2147483648 to 2147483647, found 2147483648"},
      {"{\"a\":1.0}", "field \"a\": expected an integer from -2147483648 to 2147483647, found 1.0"},
      {"{\"a\":\"1\"}", "field \"a\": expected an integer from -2147483648 to 2147483647, found \"1\""},
      {"{\"a\":1,\"b\":{\"c\":[1, 2]}}", "field \"b\": expected a string, found {\"c\":[1,2]}"},
      {"{\"a\":1,\"b\":\"" + std::string(300, 'x') + "\"}", "the row is longer than 200 bytes"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.row);
    disk d;
    d.put("a.json", "{\"a\":1}\n\n" + c.row + "\n{\"a\":2}\n");
    const auto source = smalls("a.json").row_size_max(200);
    CHECK(failure(read_all(source, d.context())) == "invalid_argument: a.json:3: " + c.reason);
    const auto lenient = smalls("a.json").row_size_max(200).skip_malformed();
    const std::vector<small> want{{1, {}}, {2, {}}};
    CHECK(read_all(lenient, d.context()).value() == want);
    CHECK(read_with_restarts(lenient, {"a.json"}, d.context()) == want);
  }
}

TEST_CASE("JSON: errors name the whole path of a field") {
  const struct {
    std::string from, to, reason;
  } cases[] = {
      {"\"price\":-1e-3", "\"price\":\"-\"", "field \"items[1].price\": expected a real number, found \"-\""},
      {"\"price\":2", "\"prize\":2",
       "field \"items[0].price\": it is missing (did you mean \"prize\"?); the object has: name, prize"},
      {"{\"name\":\"x\",\"price\":1.5}", "7", "field \"first\": expected an object, found 7"},
      {"[3]", "3", "field \"grid[2]\": expected an array, found 3"},
      {"[1,2]", "[1,[2]]", "field \"grid[0][1]\": expected an integer from -2147483648 to 2147483647, found [2]"},
      {"\"paid\":true", "\"paid\":1", "field \"paid\": expected true or false, found 1"},
      {"\"what\":2", "\"what\":256", "field \"what\": expected an integer from 0 to 255, found 256"},
      {"18446744073709551615", "-1", "field \"id\": expected an integer from 0 to 18446744073709551615, found -1"},
      {"-128", "-129", "field \"delta\": expected an integer from -128 to 127, found -129"},
      {"00:00:31Z", "00:00:61Z",
       "field \"at\": expected a time (ms since 1970, or like 2018-04-01T00:00:31.123Z), found "
       "\"2018-04-01T00:00:61Z\""},
      {"\"price\":0}", "\"price\":[]}", "field \"gift.price\": expected a real number, found []"},
      {"\"rebate\":0.5", "\"rebate\":1e300", "field \"rebate\": expected a real number, found 1e+300"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.to);
    std::string text = full_text;
    text.replace(text.find(c.from), c.from.size(), c.to);
    disk d;
    d.put("a.jsonl", text);
    CHECK(failure(read_all(json_files<order>("a.jsonl"), d.context())) == "invalid_argument: a.jsonl:1: " + c.reason);
  }
}

TEST_CASE("JSON: rows across the ends of the buffer") {
  disk d;
  std::string text;
  std::vector<small> want;
  for (int i = 0; i < 3000; ++i) {
    want.push_back({i, std::string(static_cast<std::size_t>(i) % 500, 'v')});
    text += "{\"a\":" + std::to_string(i) + ",\"b\":\"" + *want.back().b + "\"}\n";
  }
  d.put("a.jsonl", text);
  CHECK(read_all(smalls("a.jsonl"), d.context(), 100).value() == want);
  CHECK(read_all(smalls("a.jsonl").split_size(10'007), d.context(), 100).value() == want);
}

}  // namespace
}  // namespace leat::test
