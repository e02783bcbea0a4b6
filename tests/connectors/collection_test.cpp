#include <leat/connectors/collection.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "disk.hpp"

namespace leat::test {
namespace {

TEST_CASE("a collection yields its records in order, from any position") {
  disk d;
  const std::vector<std::string> want{"a", "b", "c", "d", "e"};
  const auto source = from_collection(want);
  for (const std::size_t capacity : {1U, 4U, 5U, 6U}) CHECK(read_all(source, d.context(), capacity).value() == want);
  CHECK(read_with_restarts(source, {"collection"}, d.context()) == want);
  CHECK(read_all(from_collection(std::vector<int>{}), d.context()).value().empty());
}

TEST_CASE("a collection may give its records event times") {
  disk d;
  const auto source = from_collection(std::vector{1, 2}, {event_time{10}, event_time{-20}});
  auto reader = source.open({"collection"}, {}, d.context()).value();
  batch<int> records(5);
  CHECK(reader->read(records).value().next == read_result::state::finished);
  REQUIRE(records.size() == 2);
  CHECK(records.times()[0] == 10);
  CHECK(records.times()[1] == -20);
  CHECK(reader->progress() == 1.0);
}

TEST_CASE("a position behind a collection's end is refused") {
  disk d;
  auto reader = from_collection(std::vector{1, 2}).open({"collection"}, {}, d.context()).value();
  batch<int> records(5);
  reader->read(records).value();
  CHECK(failure(from_collection(std::vector{1}).open({"collection"}, reader->position(), d.context())) ==
        "incompatible: the-uid: the stored position is not one of this collection of 1 records");
}

}  // namespace
}  // namespace leat::test
