// Replaying recorded transactions at a speed, on a clock that the test moves.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "paced_source.hpp"
#include "transaction.hpp"

using fraud::transaction;
using state = leat::read_result::state;

namespace {

constexpr std::int64_t recorded_ms = 1'522'540'800'000;

/// Transactions with ids from 0, so many seconds after the first moment of the recording.
leat::collection_source<transaction> recording(const std::vector<std::int64_t>& seconds) {
  std::vector<transaction> all;
  for (const auto s : seconds) {
    transaction t;
    t.transaction_id = all.size();
    t.tx_datetime = leat::event_time{recorded_ms + s * 1000};
    all.push_back(t);
  }
  return leat::from_collection(all);
}

struct replay {
  explicit replay(const std::vector<std::int64_t>& seconds, double factor, const std::string& position = {},
                  std::size_t capacity = 8)
      : source{recording(seconds), &transaction::tx_datetime, factor}, got{capacity} {
    const leat::connector_context context{"transactions", {}, 1, nullptr, &clock};
    auto opened = source.open(source.splits(context).value().front(), position, context);
    REQUIRE(opened.has_value());
    reader = *std::move(opened);
  }

  /// The ids that come at this moment; what the reader said last is in `said`.
  std::vector<std::uint64_t> at(std::int64_t ms) {
    clock.set(leat::processing_time{ms});
    std::vector<std::uint64_t> ids;
    do {
      got.clear();
      said = reader->read(got).value();
      for (std::size_t i = 0; i < got.size(); ++i) ids.push_back(got.values()[i].transaction_id);
    } while (said.next == state::more);
    return ids;
  }

  leat::manual_clock clock{leat::processing_time{5'000}};
  fraud::paced_source<leat::collection_source<transaction>> source;
  std::unique_ptr<leat::split_reader<transaction>> reader;
  leat::batch<transaction> got;
  leat::read_result said;
};

using ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("records come when their time has come, divided by the speed") {
  replay r{{100, 100, 110, 130, 129, 160}, 10};
  CHECK(r.at(5'000) == ids{0, 1});
  CHECK(r.said.next == state::waiting);
  CHECK(r.said.until.ms() == 6'000);
  CHECK(r.at(5'999).empty());
  CHECK(r.at(6'000) == ids{2});
  CHECK(r.said.until.ms() == 8'000);
  CHECK(r.at(9'000) == ids{3, 4});
  CHECK(r.at(20'000) == ids{5});
  CHECK(r.said.next == state::finished);
}

TEST_CASE("a batch that is full is not a wait") {
  replay r{{0, 0, 0, 0, 0, 60}, 1, {}, 2};
  CHECK(r.at(5'000) == ids{0, 1, 2, 3, 4});
  CHECK(r.said.next == state::waiting);
  CHECK(r.said.until.ms() == 65'000);
}

TEST_CASE("a record that is held back is not behind the position, and the pace starts anew with it") {
  replay before{{0, 10, 20}, 1};
  CHECK(before.at(5'000) == ids{0});
  const auto position = before.reader->position();
  CHECK(before.at(5'001).empty());
  CHECK(before.reader->position() == position);
  replay after{{0, 10, 20}, 1, position};
  CHECK(after.at(90'000) == ids{1});
  CHECK(after.said.until.ms() == 100'000);
}

TEST_CASE("an empty recording is at its end") {
  replay r{{}, 1};
  CHECK(r.at(5'000).empty());
  CHECK(r.said.next == state::finished);
}

TEST_CASE("speeds") {
  fraud::replay_speed speed{3.0};
  CHECK(!fraud::parse_option("max", speed));
  CHECK(!speed.factor);
  CHECK(!fraud::parse_option("86400", speed));
  CHECK(speed.factor == 86'400.0);
  CHECK(!fraud::parse_option("0.5", speed));
  CHECK(speed.factor == 0.5);
  for (const char* text : {"", "0", "-1", "fast", "10x", "inf", "nan"}) {
    CAPTURE(text);
    const auto why = fraud::parse_option(text, speed);
    REQUIRE(why.has_value());
    CHECK(*why == "'" + std::string{text} + "' is neither 'max' nor a number above 0");
    CHECK(speed.factor == 0.5);
  }
}
