#include <leat/connectors/callback_sink.hpp>
#include <leat/connectors/print_sink.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "disk.hpp"

namespace leat::test {
namespace {

struct alarm {
  int card = 0;
  double eur = 0;
  std::optional<std::string> note;
  LEAT_FIELDS(card, eur, note);
};

std::unique_ptr<batch<alarm>> alarms() {
  auto records = std::make_unique<batch<alarm>>(4);
  records->push({1, 0.1, "a,\"b\""}, 5);
  records->push({2, 2, {}}, 6);
  return records;
}

/// What `run` writes to stdout.
template <class Function>
std::string printed(Function run) {
  std::fflush(stdout);
  std::FILE* const to = std::tmpfile();
  const int kept = ::dup(STDOUT_FILENO);
  ::dup2(::fileno(to), STDOUT_FILENO);
  run();
  std::fflush(stdout);
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  std::string text(static_cast<std::size_t>(std::ftell(to)), '\0');
  std::rewind(to);
  text.resize(std::fread(text.data(), 1, text.size(), to));
  std::fclose(to);
  return text;
}

template <class Sink>
std::string printed_by(const Sink& sink, const batch<typename Sink::record_type>& records) {
  disk d;
  return printed([&] {
    auto writer = sink.open(d.context()).value();
    writer->recover({}, {}).value();
    writer->write(records).value();
    CHECK(writer->prepare(checkpoint_id{1}).value().empty());
  });
}

TEST_CASE("a callback is called for each record, or for each batch") {
  disk d;
  std::vector<int> cards;
  auto each = callback_sink<alarm>([&cards](const alarm& a) { cards.push_back(a.card); }).open(d.context()).value();
  each->write(*alarms()).value();
  CHECK(cards == std::vector<int>{1, 2});

  std::vector<std::int64_t> times;
  auto whole = callback_sink<alarm>([&times](const batch<alarm>& b) { times.assign(b.times(), b.times() + b.size()); })
                   .open(d.context())
                   .value();
  whole->write(*alarms()).value();
  CHECK(times == std::vector<std::int64_t>{5, 6});

  int calls = 0;
  auto generic = callback_sink<alarm>([&calls](const auto&) { ++calls; }).open(d.context()).value();
  generic->write(*alarms()).value();
  CHECK(calls == 2);
}

TEST_CASE("records are printed as JSON or CSV, a line each") {
  CHECK(printed_by(print_sink<alarm>("alarm "), *alarms()) ==
        "alarm {\"card\":1,\"eur\":0.1,\"note\":\"a,\\\"b\\\"\"}\nalarm {\"card\":2,\"eur\":2,\"note\":null}\n");
  CHECK(printed_by(print_sink<alarm>().as_csv(), *alarms()) == "1,0.1,\"a,\"\"b\"\"\"\n2,2,\n");
}

TEST_CASE("every type with a codec can be printed") {
  using everything = std::pair<std::map<std::string, std::vector<int>>, std::map<int, std::optional<bool>>>;
  batch<everything> records(2);
  records.push({{{"a\x01\n", {1, 2}}, {"b", {}}}, {{1, true}, {2, {}}}}, 0);
  records.push({}, 0);
  CHECK(printed_by(print_sink<everything>(), records) ==
        "{\"first\":{\"a\\u0001\\n\":[1,2],\"b\":[]},\"second\":[{\"first\":1,\"second\":true},{\"first\":2,\"second\":"
        "null}]}\n{\"first\":{},\"second\":[]}\n");
  batch<double> reals(3);
  reals.push(std::numeric_limits<double>::infinity(), 0);
  reals.push(-0.5, 0);
  CHECK(printed_by(print_sink<double>("x="), reals) == "x=null\nx=-0.5\n");
  batch<std::string> texts(9);
  for (const char* t : {"é", "\xFF", "a\xC3", "\xED\xA0\x80!", "\xF0\x9F\x98\x80", "\xC0\x80"}) texts.push(t, 0);
  CHECK(printed_by(print_sink<std::string>(), texts) ==
        "\"é\"\n\"\xEF\xBF\xBD\"\n\"a\xEF\xBF\xBD\"\n\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD!\"\n\"😀\"\n"
        "\"\xEF\xBF\xBD\xEF\xBF\xBD\"\n");
}

}  // namespace
}  // namespace leat::test
