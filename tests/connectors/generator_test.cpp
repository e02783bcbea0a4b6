#include <leat/connectors/generator.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "disk.hpp"

namespace leat::test {
namespace {

using numbers = std::vector<std::uint64_t>;

struct fibonacci {
  std::uint64_t a = 0;
  std::uint64_t b = 1;
  LEAT_FIELDS(a, b);
};

std::uint64_t next_fibonacci(fibonacci& f) {
  const std::uint64_t now = f.a;
  f = {f.b, now + f.b};
  return now;
}

std::uint64_t count_up(std::uint64_t& n) { return n++; }

/// The records of one read, and what the reader said.
template <class T>
std::pair<std::vector<T>, read_result> read_once(split_reader<T>& reader, std::size_t capacity) {
  batch<T> records(capacity);
  const auto said = reader.read(records).value();
  for (std::size_t i = 0; i < records.size(); ++i) CHECK(records.times()[i] == no_event_time);
  return {{records.values(), records.values() + records.size()}, said};
}

TEST_CASE("a generator goes on where its position says") {
  disk d;
  const auto source = generate(fibonacci{}, next_fibonacci).limit(9);
  const numbers want{0, 1, 1, 2, 3, 5, 8, 13, 21};
  CHECK(read_all(source, d.context(), 4).value() == want);
  CHECK(read_with_restarts(source, {"0"}, d.context()) == want);
  CHECK(source.open({"0"}, {}, d.context()).value()->progress() == 0.0);
}

TEST_CASE("a generator ends when its function says so") {
  disk d;
  const auto source = generate(0, [](int& n) { return n == 5 ? std::optional<std::string>{} : std::to_string(n++); });
  const std::vector<std::string> want{"0", "1", "2", "3", "4"};
  for (const std::size_t capacity : {1U, 4U, 5U, 6U}) CHECK(read_all(source, d.context(), capacity).value() == want);
  CHECK(read_with_restarts(source, {"0"}, d.context()) == want);
  CHECK(source.open({"0"}, {}, d.context()).value()->progress() == std::nullopt);
}

TEST_CASE("a generator without end says so") {
  disk d;
  const auto source = generate(std::uint64_t{0}, count_up);
  auto reader = source.open({"0"}, {}, d.context()).value();
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto [records, said] = read_once(*reader, 2);
    CHECK(records == numbers{2 * i, 2 * i + 1});
    CHECK(said.next == read_result::state::more);
  }
}

TEST_CASE("several splits share the limit, each with a state of its own") {
  disk d;
  const auto source = generate(std::uint64_t{0}, count_up)
                          .splits(3, [](std::uint32_t split) { return std::uint64_t{100} * split; })
                          .limit(7);
  CHECK(source.splits(d.context()).value() == std::vector<source_split>{{"0"}, {"1"}, {"2"}});
  CHECK(read_all(source, d.context()).value() == numbers{0, 1, 2, 100, 101, 200, 201});
  CHECK(failure(source.open({"3"}, {}, d.context())) == "not_found: the-uid: the generator has no split \"3\"");
  CHECK(read_all(generate(std::uint64_t{0}, count_up).limit(0), d.context()).value().empty());
}

TEST_CASE("a rate is kept by the clock, and made up for after a delay") {
  disk d;
  const auto source = generate(std::uint64_t{0}, count_up).rate(100).limit(60);
  auto reader = source.open({"0"}, {}, d.context()).value();
  const struct {
    std::int64_t advance_ms;
    numbers records;
    std::int64_t wait_ms;
  } steps[] = {
      {0, {0}, 10}, {0, {}, 10}, {9, {}, 1}, {1, {1}, 10}, {10, {2}, 10}, {35, {3, 4, 5}, 5}, {5, {6}, 10},
  };
  for (const auto& step : steps) {
    d.time.advance(duration{step.advance_ms});
    const auto [records, said] = read_once(*reader, 10);
    CHECK(records == step.records);
    CHECK(said.next == read_result::state::waiting);
    CHECK(said.until == d.time.now() + duration{step.wait_ms});
  }
  d.time.advance(duration{10'000});
  CHECK(read_once(*reader, 10).second.next == read_result::state::more);
  CHECK(read_once(*reader, 10).first.front() == 17);
  const auto [rest, said] = read_once(*reader, 100);
  CHECK(rest.back() == 59);
  CHECK(said.next == read_result::state::finished);

  // A restart paces from its own beginning.
  auto again = source.open({"0"}, reader->position(), d.context()).value();
  CHECK(read_once(*again, 10).second.next == read_result::state::finished);
}

TEST_CASE("a rate over several splits adds up, and whatever the rate a wait ends") {
  for (const double rate : {0.3, 3.0, 7.7, 999.0, 1000.0, 1001.0, 123456.789}) {
    CAPTURE(rate);
    disk d;
    const auto source =
        generate(std::uint64_t{0}, count_up).splits(2, [](std::uint32_t) { return std::uint64_t{0}; }).rate(rate);
    auto reader = source.open({"1"}, {}, d.context()).value();
    std::uint64_t made = 0;
    const auto start = d.time.now();
    batch<std::uint64_t> records(10'000);
    while (d.time.now() - start < duration{20'000}) {
      records.clear();
      const auto said = reader->read(records).value();
      made += records.size();
      REQUIRE(said.next == read_result::state::waiting);
      REQUIRE(said.until > d.time.now());
      d.time.set(said.until);
    }
    const double want = rate / 2 * static_cast<double>((d.time.now() - start).count()) / 1000;
    CHECK(static_cast<double>(made) >= want - rate / 1000 - 1);
    CHECK(static_cast<double>(made) <= want + 1);
  }
}

TEST_CASE("a position of another generator is refused") {
  disk d;
  const auto source = generate(fibonacci{}, next_fibonacci);
  for (const std::string_view position : {"x", "\x92\x01", "\x92\x01\x05"})
    CHECK(source.open({"0"}, position, d.context()).error().code == errc::incompatible);
}

}  // namespace
}  // namespace leat::test
