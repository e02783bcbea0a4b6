#include <leat/connectors/csv_files.hpp>

#include <leat/core/random.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compress.hpp"
#include "disk.hpp"

namespace leat::test {
namespace {

struct payment {
  std::uint32_t card = 0;
  double eur = 0;
  std::string note;
  LEAT_FIELDS(card, eur, note);
  bool operator==(const payment&) const = default;
};

struct everything {
  bool flag = false;
  std::int8_t narrow = 0;
  std::uint64_t wide = 0;
  float real = 0;
  std::string text;
  event_time at;
  std::optional<int> maybe;
  std::optional<std::string> word;
  LEAT_FIELDS(flag, narrow, wide, real, text, at, maybe, word);
  bool operator==(const everything&) const = default;
};

struct hidden {
  int a = 0;
  std::string b;
  int not_a_field = 7;
  LEAT_FIELDS(a, b);
};

using payments = csv_files<payment>;

const std::string header = "card,eur,note\n";

TEST_CASE("CSV: what is accepted, and as what") {
  const payment one{1, 1.5, "a"};
  const payment two{2, 2.5, "b"};
  const struct {
    std::string what, text;
    std::vector<payment> rows;
  } cases[] = {
      {"plain", header + "1,1.5,a\n2,2.5,b\n", {one, two}},
      {"no last line end", header + "1,1.5,a\n2,2.5,b", {one, two}},
      {"CRLF", "card,eur,note\r\n1,1.5,a\r\n2,2.5,b\r\n", {one, two}},
      {"CRLF, the last one half", "card,eur,note\r\n1,1.5,a\r\n2,2.5,b\r", {one, two}},
      {"empty lines", "\n\r\n" + header + "\n1,1.5,a\n\n\r\n2,2.5,b\n\n", {one, two}},
      {"byte order mark", "\xEF\xBB\xBF" + header + "1,1.5,a\n", {one}},
      {"byte order mark and quotes", "\xEF\xBB\xBF\"card\",\"eur\",\"note\"\n1,1.5,a\n", {one}},
      {"other order, other columns", "x,note,y,eur,card\nX,a,Y,1.5,1\n,b,,2.5,2\n", {one, two}},
      {"blanks around names and numbers", " card ,eur\t,note\n 1 , 1.5,a\n", {one}},
      {"blanks belong to strings", header + "1,1.5, a \n", {{1, 1.5, " a "}}},
      {"quotes", "\"card\",\"eur\",\"note\"\n\"1\",\"1.5\",\"a\"\n\"2\",\"2.5\",\"b\"\n", {one, two}},
      {"quoted delimiter and quote", header + "1,1.5,\"a,\"\"b\"\"\"\n", {{1, 1.5, "a,\"b\""}}},
      {"quoted line ends",
       header + "1,1.5,\"a\nb\"\n2,2.5,\"c\r\n\n,d\"\r\n",
       {{1, 1.5, "a\nb"}, {2, 2.5, "c\r\n\n,d"}}},
      {"quoted line end in the header", "card,eur,\"no\nte\",note\n1,1.5,x,a\n", {one}},
      {"quoted row at the end", header + "1,1.5,\"a\"", {one}},
      {"quoted CR at the end", header + "1,1.5,\"a\r\"", {{1, 1.5, "a\r"}}},
      {"empty strings", header + "1,1.5,\n2,2.5,\"\"\n", {{1, 1.5, ""}, {2, 2.5, ""}}},
      {"a CR inside a line is text", header + "1,1.5,a\rb\n1,1.5,\"a\"\n", {{1, 1.5, "a\rb"}, one}},
      {"a NUL is text", header + std::string("1,1.5,a\0b\n", 10), {{1, 1.5, std::string("a\0b", 3)}}},
      {"header only", header, {}},
      {"header without line end", "card,eur,note", {}},
      {"empty", "", {}},
      {"only empty lines", "\n\n", {}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    disk d;
    d.put("a.csv", c.text);
    d.put("a.csv.gz", gzip(c.text));
    d.put("a.csv.zst", zstd(c.text.substr(0, c.text.size() / 2)) + zstd(c.text.substr(c.text.size() / 2)));
    for (const std::string path : {"a.csv", "a.csv.gz", "a.csv.zst"}) {
      CAPTURE(path);
      const payments source(path);
      const auto context = d.context();
      const auto rows = read_all(source, context);
      CHECK(failure(rows) == "");
      if (rows) CHECK(*rows == c.rows);
      CHECK(read_with_restarts(source, {path}, context) == c.rows);
    }
  }
}

TEST_CASE("CSV: every kind of cell") {
  disk d;
  d.put("a.csv",
        "flag,narrow,wide,real,text,at,maybe,word\n"
        "true,-128,18446744073709551615,0.5,x,1522540831000,3,w\n"
        "0,127,0,-1e-3,\"\",2018-04-01T00:00:31,,\n"
        "1,0,1,nan,,2018-04-01 00:00:31.5Z,\"\",\"\"\n");
  auto rows = read_all(csv_files<everything>("a.csv"), d.context()).value();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == everything{true, -128, 18446744073709551615U, 0.5F, "x", event_time{1522540831000}, 3, "w"});
  CHECK(rows[1] == everything{false, 127, 0, -1e-3F, "", event_time{1522540831000}, {}, {}});
  rows[2].real = 0;
  CHECK(rows[2] == everything{true, 0, 1, 0, "", event_time{1522540831500}, {}, ""});
}

TEST_CASE("CSV: fields that are not in LEAT_FIELDS keep their default, whatever the batch held before") {
  disk d;
  d.put("a.csv", "a,b\n1,x\n2,y\n");
  const csv_files<hidden> source("a.csv");
  auto reader = source.open({"a.csv"}, {}, d.context()).value();
  batch<hidden> records(4);
  records.push({9, "old and long enough for the heap", 99}, 5);
  records.push({9, "old", 99}, 5);
  records.clear();
  reader->read(records).value();
  REQUIRE(records.size() == 2);
  CHECK(records.values()[0].b == "x");
  CHECK(records.values()[0].not_a_field == 7);
  CHECK(records.times()[1] == no_event_time);
}

TEST_CASE("CSV: a delimiter of choice, and files without a header") {
  disk d;
  d.put("a.csv", "1;1.5;\"a;b\"\n2;2.5;c,d\n");
  const std::vector<payment> want{{1, 1.5, "a;b"}, {2, 2.5, "c,d"}};
  CHECK(read_all(payments("a.csv").delimiter(';').without_header(), d.context()).value() == want);
  CHECK(read_with_restarts(payments("a.csv").delimiter(';').without_header(), {"a.csv"}, d.context()) == want);
  d.put("b.csv", "1;1.5;a\n");
  CHECK(failure(read_all(payments("b.csv").without_header(), d.context())) ==
        "invalid_argument: b.csv:1: 1 cell, expected 3: card, eur, note");
}

TEST_CASE("CSV: a header that does not fit") {
  const struct {
    std::string text, why;
  } cases[] = {
      {"card,euro,note\n1,2,3\n",
       "not_found: in/a.csv: there is no column \"eur\" (did you mean \"euro\"?); the header has: card, euro, note"},
      {"CARD,eur,note\n",
       "not_found: in/a.csv: there is no column \"card\" (did you mean \"CARD\"?); the header has: CARD, eur, note"},
      {"card;eur;note\n", "not_found: in/a.csv: there is no column \"card\"; the header has: card;eur;note"},
      {"card,eur,note,eur\n", "invalid_argument: in/a.csv: the header has column \"eur\" twice"},
      {"card,e\"ur,note\n",
       "invalid_argument: in/a.csv:1: a quote in the middle of a cell (quotes in a cell are doubled, and the cell is "
       "quoted)"},
  };
  for (const auto& c : cases) {
    disk d;
    d.put("in/a.csv", c.text);
    CHECK(failure(read_all(payments("in/").skip_malformed(), d.context())) == c.why);
  }
}

struct malformed_case {
  std::string row;  ///< in lines 3 and, if it has a line end, 4
  std::string reason;
};

const std::vector<malformed_case>& malformed_cases() {
  static const std::vector<malformed_case> cases{
      {"x,1.5,a", "column \"card\": expected an integer from 0 to 4294967295, found \"x\""},
      {"-1,1.5,a", "column \"card\": expected an integer from 0 to 4294967295, found \"-1\""},
      {"4294967296,1.5,a", "column \"card\": expected an integer from 0 to 4294967295, found \"4294967296\""},
      {",1.5,a", "column \"card\": expected an integer from 0 to 4294967295, found \"\""},
      {"1,\"1,5\",a", "column \"eur\": expected a real number, found \"1,5\""},
      {"1,a\tb\x01,a", "column \"eur\": expected a real number, found \"a\\x09b\\x01\""},
      {"1," + std::string(100, '7') + "x,a",
       "column \"eur\": expected a real number, found \"" + std::string(80, '7') + "…\""},
      {"1,1.5", "2 cells, expected 3: card, eur, note"},
      {"1,1.5,a,b", "4 cells, expected 3: card, eur, note"},
      {" ", "1 cell, expected 3: card, eur, note"},
      {"1,1.5,\"a\nb\",c", "4 cells, expected 3: card, eur, note"},
      {"1,1.5,a\"b\"", "a quote in the middle of a cell (quotes in a cell are doubled, and the cell is quoted)"},
      {"1,1.5,\"a\"b", "a quote in the middle of a cell (quotes in a cell are doubled, and the cell is quoted)"},
      {"1,1.5,\"a\" ", "a quote in the middle of a cell (quotes in a cell are doubled, and the cell is quoted)"},
      {"1,1.5,\"a", "a quoted cell does not end before the file does"},
      {"1,1.5," + std::string(300, 'y'), "the row is longer than 200 bytes"},
      {"1,1.5,\"" + std::string(180, 'z') + "\n" + std::string(180, 'z') + "\"",
       "a quoted cell does not end within 200 bytes"},
  };
  return cases;
}

TEST_CASE("CSV: a malformed row fails the read with its place and reason") {
  for (const auto& c : malformed_cases()) {
    CAPTURE(c.row);
    disk d;
    d.put("in/a.csv", header + "1,1.5,a\n" + c.row + "\n2,2.5,b\n");
    const auto source = payments("in/a.csv").row_size_max(200);
    CHECK(failure(read_all(source, d.context())) == "invalid_argument: in/a.csv:3: " + c.reason);

    // The rows before it were delivered, and the position stays before it.
    auto reader = source.open({"in/a.csv"}, {}, d.context()).value();
    batch<payment> records(10);
    CHECK_FALSE(reader->read(records).has_value());
    CHECK(records.size() == 1);
    CHECK(failure(read_split(source, {"in/a.csv"}, reader->position(), d.context())) ==
          "invalid_argument: in/a.csv:3: " + c.reason);
  }
}

TEST_CASE("CSV: malformed rows can be passed over and counted") {
  for (const auto& c : malformed_cases()) {
    CAPTURE(c.row);
    disk d;
    const bool swallowed_by_limit = c.reason.find("within") != std::string::npos;
    d.put("a.csv", header + "1,1.5,a\n" + c.row + "\n2,2.5,b\n");
    const auto source = payments("a.csv").row_size_max(200).skip_malformed();
    const std::vector<payment> want{{1, 1.5, "a"}, {2, 2.5, "b"}};
    CHECK(read_all(source, d.context()).value() == want);
    CHECK(read_with_restarts(source, {"a.csv"}, d.context()) == want);

    auto reader = source.open({"a.csv"}, {}, d.context()).value();
    batch<payment> records(10);
    reader->read(records).value();
    CHECK(reader->skipped() == (swallowed_by_limit ? 2 : 1));
    CHECK(source.open({"a.csv"}, reader->position(), d.context()).value()->skipped() == reader->skipped());
  }
}

TEST_CASE("CSV: a read ends after as many rows as there was room for, also if all are malformed") {
  disk d;
  std::string text = header;
  for (int i = 0; i < 25; ++i) text += "x\n";
  d.put("a.csv", text);
  auto reader = payments("a.csv").skip_malformed().open({"a.csv"}, {}, d.context()).value();
  batch<payment> records(10);
  for (const std::uint64_t skipped : {10U, 20U, 25U}) {
    const auto said = reader->read(records).value();
    CHECK(records.empty());
    CHECK(reader->skipped() == skipped);
    CHECK((said.next == read_result::state::finished) == (skipped == 25));
  }
}

TEST_CASE("CSV: a stray quote costs its line, not the rest of the file") {
  disk d;
  d.put("a.csv", header + "1,1.5,\"a\n2,2.5,b\n3,3.5,c\n4,4.5,\"d\"\n5,5.5,e\n");
  const auto source = payments("a.csv").skip_malformed();
  CHECK(read_all(source, d.context()).value() ==
        std::vector<payment>{{2, 2.5, "b"}, {3, 3.5, "c"}, {4, 4.5, "d"}, {5, 5.5, "e"}});
}

TEST_CASE("CSV: malformed rows can be written to dead letters, and none is lost over restarts") {
  const std::string text = header + "1,1.5,a\nx,1.5,\"q\"\n2,2.5,b\n3,\n\xFF,1,c\n4,4.5,d\n";
  const std::string letters[] = {
      "{\"file\":\"in/a.csv\",\"offset\":22,\"line\":3,\"reason\":\"column \\\"card\\\": expected an integer from 0 to "
      "4294967295, found \\\"x\\\"\",\"row\":\"x,1.5,\\\"q\\\"\"}\n",
      "{\"file\":\"in/a.csv\",\"offset\":40,\"line\":5,\"reason\":\"2 cells, expected 3: card, eur, "
      "note\",\"row\":\"3,\"}\n",
      "{\"file\":\"in/a.csv\",\"offset\":43,\"line\":6,\"reason\":\"column \\\"card\\\": expected an integer from 0 to "
      "4294967295, found \\\"\\\\xFF\\\"\",\"row\":\"\xEF\xBF\xBD,1,c\"}\n",
  };
  disk d;
  d.put("in/a.csv", text);
  const auto source = payments("in/a.csv").dead_letters("bad/rows");
  const std::vector<payment> want{{1, 1.5, "a"}, {2, 2.5, "b"}, {4, 4.5, "d"}};
  CHECK(read_all(source, d.context()).value() == want);
  d.files.lose_power();
  auto names = d.names("bad/rows");
  REQUIRE(names.size() == 1);
  CHECK(names[0].starts_with("a.csv-"));
  CHECK(names[0].ends_with("-00000000000000000014.jsonl"));
  CHECK(d.content("bad/rows/" + names[0]) == letters[0] + letters[1] + letters[2]);

  // Row by row, with a crash after each: every start has its own file, and each letter stands in one at least.
  disk e;
  e.put("in/a.csv", text);
  std::vector<payment> rows;
  std::string position;
  for (bool more = true; more;) {
    auto reader = source.open({"in/a.csv"}, position, e.context()).value();
    batch<payment> records(1);
    more = reader->read(records).value().next != read_result::state::finished;
    rows.insert(rows.end(), records.values(), records.values() + records.size());
    position = reader->position();
    e.files.lose_power();
  }
  CHECK(rows == want);
  std::string all;
  for (const auto& name : e.names("bad/rows")) all += e.content("bad/rows/" + name);
  CHECK(all == letters[0] + letters[1] + letters[2]);
}

TEST_CASE("CSV: the files of a directory in name order") {
  disk d;
  d.put("in/b.csv", header + "2,2,b\n");
  d.put("in/a.csv.gz", gzip(header + "1,1,a\n"));
  d.put("in/c.csv.zst", zstd(header + "3,3,c\n"));
  d.put("in/.part-00000.csv", "not read");
  d.put("in/readme.txt", "not read");
  d.put("in/x.csv.pending", "not read");
  d.put("in/deeper/d.csv", "not read");
  d.put("in/directory.csv/d.csv", "not read");
  for (const std::string path : {"in", "in/"}) {
    const auto splits = payments(path).splits(d.context()).value();
    CHECK(splits == std::vector<source_split>{{"in/a.csv.gz"}, {"in/b.csv"}, {"in/c.csv.zst"}});
    CHECK(read_all(payments(path), d.context()).value() == std::vector<payment>{{1, 1, "a"}, {2, 2, "b"}, {3, 3, "c"}});
  }
  CHECK(payments("in/readme.txt").splits(d.context()).value() == std::vector<source_split>{{"in/readme.txt"}});

  d.files.create_directories("empty").value();
  CHECK(payments("empty").splits(d.context()).value().empty());
  CHECK(payments("nowhere").splits(d.context()).error().code == errc::not_found);
  CHECK(failure(csv_files<payment>("in/deeper/").splits(d.context())) == "");
  d.put("wrong/data.tsv", "");
  CHECK(failure(payments("wrong").splits(d.context())) ==
        "not_found: wrong: no file is called *.csv, plain or with .gz or .zst (there is \"data.tsv\")");
}

TEST_CASE("CSV: order and divisions") {
  disk d;
  d.put("in/a.csv", header + "1,1,a\n2,2,b\n");
  d.put("in/b.csv.gz", gzip(header + "3,3,c\n"));
  payments source("in");
  CHECK_FALSE(source.ordered());
  CHECK(source.blocking());
  source.split_size(10);
  CHECK(source.splits(d.context()).value() ==
        std::vector<source_split>{{"in/a.csv@0+10"}, {"in/a.csv@10+10"}, {"in/a.csv@20+10"}, {"in/b.csv.gz"}});
  payments with_newlines = source;
  CHECK(with_newlines.quoted_newlines().splits(d.context()).value().size() == 2);
  source.in_order();
  CHECK(source.ordered());
  CHECK(source.splits(d.context()).value() == std::vector<source_split>{{"in/a.csv"}, {"in/b.csv.gz"}});
  const payments whole("in/a.csv");
  CHECK(whole.splits(d.context()).value() == std::vector<source_split>{{"in/a.csv"}});
}

TEST_CASE("CSV: a path that looks like a range is a path all the same") {
  disk d;
  d.put("a.csv@3+4", header + "1,1,a\n");
  const payments source("a.csv@3+4");
  CHECK(source.splits(d.context()).value() == std::vector<source_split>{{"a.csv@3+4@0+18446744073709551615"}});
  CHECK(read_all(source, d.context()).value() == std::vector<payment>{{1, 1, "a"}});
}

TEST_CASE("CSV: ranges cover every row exactly once, whatever their size") {
  random chance(7);
  std::vector<std::string> texts{
      header + "1,1,a\n2,2,bb\n3,3,ccc\n",
      "\xEF\xBB\xBF" + header + "1,1,a\r\n\r\n2,2,bb\r\n3,3,ccc",
      "\n\n\n" + header + "\n\n1,1,\"a\"\n\n",
      header,
  };
  for (int i = 0; i < 5; ++i) {
    std::string text = header;
    for (std::uint64_t row = 0, rows = chance.below(40); row < rows; ++row)
      text +=
          std::to_string(row) + ",1.5," + std::string(chance.below(30), 'x') + (chance.below(3) == 0 ? "\r\n" : "\n");
    texts.push_back(std::move(text));
  }
  for (const auto& text : texts) {
    CAPTURE(text);
    disk d;
    d.put("a.csv", text);
    const auto want = read_all(payments("a.csv"), d.context()).value();
    for (std::uint64_t size = 1; size <= text.size() + 1; ++size) {
      CAPTURE(size);
      const auto source = payments("a.csv").split_size(size);
      const auto rows = read_all(source, d.context());
      CHECK(failure(rows) == "");
      if (rows) CHECK(*rows == want);
    }
    std::vector<payment> rows;
    const auto source = payments("a.csv").split_size(17);
    const auto splits = source.splits(d.context()).value();
    for (const auto& split : splits) {
      const auto more = read_with_restarts(source, split, d.context());
      rows.insert(rows.end(), more.begin(), more.end());
    }
    CHECK(rows == want);
  }
}

TEST_CASE("CSV: errors in a range name the line of the file") {
  disk d;
  d.put("a.csv", header + "1,1,a\n2,2,b\n3,3,c\nx,4,d\n5,5,e\n");
  const auto source = payments("a.csv").split_size(8);
  CHECK(failure(read_all(source, d.context())) ==
        "invalid_argument: a.csv:5: column \"card\": expected an integer from 0 to 4294967295, found \"x\"");
  // Dead letters give the offset alone: counting lines from the beginning would cost too much.
  CHECK(read_all(payments("a.csv").split_size(8).dead_letters("bad"), d.context()).value().size() == 4);
  const auto names = d.names("bad");
  REQUIRE(names.size() == 1);
  CHECK(d.content("bad/" + names[0]).starts_with("{\"file\":\"a.csv\",\"offset\":32,\"reason\":"));
}

TEST_CASE("CSV: a quoted line end in a divided file is refused, not torn") {
  disk d;
  const std::string text = header + "1,1,a\n2,2,\"b\nb\"\n3,3,c\n";
  d.put("a.csv", text);
  const std::vector<payment> want{{1, 1, "a"}, {2, 2, "b\nb"}, {3, 3, "c"}};
  for (std::uint64_t size = 1; size < text.size(); ++size) {
    CHECK(failure(read_all(payments("a.csv").split_size(size), d.context())) ==
          "invalid_argument: a.csv:3: a quoted cell does not end on its line; if cells may hold line ends, say "
          ".quoted_newlines()");
    CHECK(read_all(payments("a.csv").split_size(size).quoted_newlines(), d.context()).value() == want);
    CHECK(read_all(payments("a.csv").split_size(size).in_order(), d.context()).value() == want);
  }
  CHECK(read_all(payments("a.csv").split_size(text.size()), d.context()).value() == want);
}

TEST_CASE("CSV: a file that was cut since the checkpoint is an error") {
  const std::string text = header + "1,1,a\n2,2,b\n3,3,c\n";
  for (const std::string path : {"a.csv", "a.csv.gz", "a.csv.zst"}) {
    const auto pack = [&path](std::string_view bytes) {
      return path == "a.csv" ? std::string(bytes) : path == "a.csv.gz" ? gzip(bytes) : zstd(bytes);
    };
    disk d;
    d.put(path, pack(text));
    const payments source(path);
    auto reader = source.open({path}, {}, d.context()).value();
    batch<payment> records(2);
    reader->read(records).value();
    d.put(path, pack(text.substr(0, 20)));
    CHECK(failure(source.open({path}, reader->position(), d.context())) ==
          "invalid_argument: " + path +
              ": ends at byte 20, so it cannot be read from byte 26: the file has been cut or replaced since that "
              "position was stored");
  }
}

TEST_CASE("CSV: a position of something else is refused") {
  disk d;
  d.put("a.csv", header);
  for (const std::string_view position : {"x", "\x94\x01\x02\x03", "\x93\x01\x02\x03"})
    CHECK(payments("a.csv").open({"a.csv"}, position, d.context()).error().code == errc::incompatible);
}

TEST_CASE("CSV: progress grows from 0 to 1") {
  disk d;
  std::string text = header;
  for (int i = 0; i < 20; ++i) text += "1,1,a\n";
  d.put("a.csv", text);
  for (const std::string id : {"a.csv", "a.csv@50+60"}) {
    auto reader = payments("a.csv").open({id}, {}, d.context()).value();
    batch<payment> records(1);
    double before = 0;
    CHECK(*reader->progress() < 0.2);
    for (bool more = true; more; records.clear()) {
      more = reader->read(records).value().next != read_result::state::finished;
      CHECK(*reader->progress() >= before);
      before = *reader->progress();
    }
    CHECK(before == 1.0);
  }
}

TEST_CASE("CSV: whatever the bytes, restarts, batches, compression and ranges change nothing") {
  random chance(21);
  const std::string letters = "1,.\n\r\"ab 2,\n";
  for (int round = 0; round < 400; ++round) {
    std::string text = header;
    for (auto size = chance.below(120); size > 0; --size) text += letters[chance.below(letters.size())];
    CAPTURE(text);
    disk d;
    d.put("a.csv", text);
    d.put("a.csv.gz", gzip(text));
    const auto source = payments("a.csv").row_size_max(40).skip_malformed();
    const auto want = read_all(source, d.context(), 100).value();
    CHECK(read_all(source, d.context(), 1).value() == want);
    CHECK(read_with_restarts(source, {"a.csv"}, d.context()) == want);
    CHECK(read_with_restarts(source, {"a.csv.gz"}, d.context()) == want);
    if (text.find('"') != std::string::npos) continue;
    CHECK(read_all(payments("a.csv").row_size_max(40).skip_malformed().split_size(1 + chance.below(50)), d.context())
              .value() == want);
  }
}

TEST_CASE("CSV: rows longer than the buffer, and rows across its ends") {
  disk d;
  std::string text = header;
  std::vector<payment> want;
  for (std::uint32_t i = 0; i < 40; ++i) {
    want.push_back({i, 0.5, std::string(i * 1999, static_cast<char>('a' + i % 26))});
    if (i == 20) want.back().note = "\n" + std::string(1'000'000, 'q') + "\n";
    text += std::to_string(i) + ",0.5," + (i == 20 ? '"' + want.back().note + '"' : want.back().note) + "\n";
  }
  d.put("a.csv", text);
  CHECK(read_all(payments("a.csv"), d.context()).value() == want);
  CHECK(read_with_restarts(payments("a.csv"), {"a.csv"}, d.context()) == want);
}

}  // namespace
}  // namespace leat::test
