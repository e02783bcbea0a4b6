#include <leat/core/schema.hpp>

#include <leat/core/codec.hpp>

#include <doctest/doctest.h>

#include <cstdint>

namespace {

using leat::codec;
using leat::schema;

struct inner {
  float height = 0;
  LEAT_FIELDS(height)
};
struct outer {
  std::uint64_t card = 0;
  std::vector<inner> places;
  std::map<std::string, std::optional<bool>> marks;
  LEAT_FIELDS(card, places, marks)
};
struct outer_with_double {
  struct inner_with_integer {
    std::int32_t height = 0;
    LEAT_FIELDS(height)
  };
  std::vector<inner_with_integer> places;
  LEAT_FIELDS(places)
};

template <class T>
schema of() {
  return codec<T>::schema_of();
}

schema number(schema::kind kind, unsigned bits) { return {kind, {}, bits, {}}; }

}  // namespace

TEST_CASE("a schema is shown in one line") {
  CHECK(of<outer>().to_string() ==
        "record{card: uint64, places: list<record{height: float32}>, marks: map<string, optional<bool>>}");
  CHECK(schema{schema::kind::list, {}, 0, {}}.to_string() == "list<?>");
}

TEST_CASE("which stored numbers can be read as which") {
  using enum schema::kind;
  struct row {
    schema stored;
    schema wanted;
    bool readable;
  };
  for (const row& r : {
           row{number(integer, 8), number(integer, 8), true},
           row{number(integer, 8), number(integer, 64), true},
           row{number(integer, 64), number(integer, 32), false},
           row{number(unsigned_integer, 16), number(unsigned_integer, 32), true},
           row{number(unsigned_integer, 32), number(unsigned_integer, 16), false},
           row{number(unsigned_integer, 32), number(integer, 64), true},
           row{number(unsigned_integer, 32), number(integer, 32), false},
           row{number(unsigned_integer, 64), number(integer, 64), false},
           row{number(integer, 8), number(unsigned_integer, 64), false},
           row{number(real, 32), number(real, 64), true},
           row{number(real, 64), number(real, 32), false},
           row{number(integer, 32), number(real, 64), true},
           row{number(integer, 64), number(real, 64), false},
           row{number(unsigned_integer, 16), number(real, 32), true},
           row{number(integer, 32), number(real, 32), false},
           row{number(real, 32), number(integer, 64), false},
       }) {
    CAPTURE(r.stored.to_string());
    CAPTURE(r.wanted.to_string());
    CHECK(schema::why_unreadable(r.stored, r.wanted).empty() == r.readable);
  }
}

TEST_CASE("the reason names the field and what was stored") {
  struct row {
    schema stored;
    schema wanted;
    const char* part;
  };
  for (const row& r : {
           row{of<outer>(), of<outer_with_double>(), "field 'places[].height': stored as float32, wanted as int32"},
           row{of<std::map<std::string, int>>(), of<std::map<int, int>>(),
               "field '[key]': stored as string, wanted as int32"},
           row{of<std::string>(), of<bool>(), "the value: stored as string, wanted as bool"},
           row{of<int>(), of<std::optional<int>>(), "do not convert"},
           row{of<std::optional<std::int64_t>>(), of<std::optional<int>>(), "narrower"},
       }) {
    const std::string why = schema::why_unreadable(r.stored, r.wanted);
    CAPTURE(why);
    CHECK(why.find(r.part) != std::string::npos);
  }
}

TEST_CASE("a damaged stored schema is refused, so that codecs may rely on it") {
  using enum schema::kind;
  for (const schema& stored : {schema{list, {}, 0, {}}, schema{map, {}, 0, {of<int>()}}, schema{optional, {}, 0, {}},
                               number(integer, 7), schema{string, {}, 0, {of<int>()}}}) {
    CAPTURE(stored.to_string());
    schema wanted = stored;
    CHECK(schema::why_unreadable(stored, wanted).find("malformed") != std::string::npos);
    const schema in_record{record, {}, 0, {schema{stored.type, "f", stored.bits, stored.parts}}};
    CHECK(schema::why_unreadable(in_record, in_record).find("field 'f'") != std::string::npos);
  }
}
