#include <leat/core/codec.hpp>

#include <leat/core/batch.hpp>
#include <leat/core/random.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace {

using leat::codec;
using leat::decoder;
using leat::encoder;
using leat::schema;

template <class T>
std::string encoded(const T& value) {
  encoder e;
  codec<T>::write(e, value);
  return e.take();
}

/// Reads a T from what was written with `stored`.
template <class T>
T decoded(const std::string& bytes, const schema& stored) {
  REQUIRE(schema::why_unreadable(stored, codec<T>::schema_of()) == "");
  decoder d{bytes};
  T value{};
  codec<T>::read(d, value, stored);
  CHECK(d.failure() == "");
  CHECK(d.at_end());
  return value;
}

template <class T>
void check_round_trip(std::initializer_list<T> values) {
  for (const T& value : values) CHECK(decoded<T>(encoded(value), codec<T>::schema_of()) == value);
}

enum class colour : std::uint8_t { red, green = 200 };
using account = leat::strong<std::uint32_t, struct account_tag>;

struct place {
  std::string town;
  std::optional<double> height;
  bool operator==(const place&) const = default;
  LEAT_FIELDS(town, height)
};

struct payment {
  std::uint64_t card = 7;
  std::int32_t cents = 0;
  std::vector<place> places;
  std::map<std::string, std::int64_t> notes;
  std::pair<bool, colour> marks;
  leat::event_time at;
  bool operator==(const payment&) const = default;
  LEAT_FIELDS(card, cents, places, notes, marks, at)
};

payment a_payment() {
  return {0xFFFF'FFFF'FFFF'FFFF,
          -5,
          {{"Graz", 353.0}, {"", std::nullopt}},
          {{"", -1}, {"reason", 42}},
          {true, colour::green},
          leat::event_time{-1}};
}

}  // namespace

TEST_CASE("every codec reads back what it wrote") {
  check_round_trip<bool>({false, true});
  check_round_trip<std::int8_t>({-128, -33, -32, -1, 0, 127});
  check_round_trip<std::int16_t>({-32768, 32767});
  check_round_trip<std::int32_t>({std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()});
  check_round_trip<std::int64_t>(
      {std::numeric_limits<std::int64_t>::min(), -129, 0, std::numeric_limits<std::int64_t>::max()});
  check_round_trip<std::uint8_t>({0, 127, 128, 255});
  check_round_trip<std::uint64_t>({0, std::numeric_limits<std::uint64_t>::max()});
  check_round_trip<char>({'a'});
  check_round_trip<float>({0.0F, -1.5F, 1e-45F, std::numeric_limits<float>::infinity()});
  check_round_trip<double>({0.1, -0.0, std::numeric_limits<double>::denorm_min()});
  check_round_trip<colour>({colour::red, colour::green});
  check_round_trip<std::string>({"", "a", std::string(40, 'x'), std::string(70000, 'y'), std::string("\0\xFF", 2)});
  check_round_trip<leat::event_time>({leat::event_time::min(), leat::event_time{0}, leat::event_time::max()});
  check_round_trip<account>({account{0}, account{4'000'000'000}});
  check_round_trip<std::optional<int>>({std::nullopt, 0, 5});
  check_round_trip<std::vector<std::string>>({{}, {"a", ""}, std::vector<std::string>(70000, "z")});
  check_round_trip<std::vector<bool>>({{}, {true, false}});
  check_round_trip<std::map<int, std::vector<int>>>({{}, {{1, {}}, {2, {3, 4}}}});
  check_round_trip<std::pair<int, std::string>>({{1, "a"}});
  check_round_trip<payment>({payment{}, a_payment()});
  CHECK(std::isnan(decoded<double>(encoded(std::nan("")), codec<double>::schema_of())));
}

namespace {

struct first_version {
  std::int32_t kept = 0;
  std::string dropped;
  std::vector<place> dropped_too;
  std::uint16_t widened = 0;
  float sharpened = 0;
};
struct second_version {
  double sharpened = 0;
  std::string added = "default";
  std::int64_t widened = 0;
  std::int32_t kept = 0;
  bool operator==(const second_version&) const = default;
};
struct stored_version : first_version {
  LEAT_FIELDS(kept, dropped, dropped_too, widened, sharpened)
};
struct wanted_version : second_version {
  LEAT_FIELDS(sharpened, added, widened, kept)
};

}  // namespace

TEST_CASE("fields are found by name: added, dropped, reordered and widened") {
  stored_version old;
  old.kept = -3;
  old.dropped = "gone";
  old.dropped_too = {{"Graz", 1.0}};
  old.widened = 65535;
  old.sharpened = 0.5F;
  const auto now = decoded<wanted_version>(encoded(old), codec<stored_version>::schema_of());
  CHECK(now == wanted_version{{0.5, "default", 65535, -3}});
}

TEST_CASE("records within containers evolve, too") {
  stored_version old;
  old.kept = 9;
  const std::map<std::string, std::vector<stored_version>> stored{{"a", {old}}};
  using wanted = std::map<std::string, std::vector<wanted_version>>;
  const auto now =
      decoded<wanted>(encoded(stored), codec<std::map<std::string, std::vector<stored_version>>>::schema_of());
  CHECK(now.at("a").at(0).kept == 9);
  CHECK(now.at("a").at(0).added == "default");
}

TEST_CASE("a number that does not fit is an error, not another number") {
  struct row {
    std::int64_t written;
    bool fits_int8;
    bool fits_uint16;
  };
  for (const row& r : {row{-129, false, false}, row{-128, true, false}, row{-1, true, false}, row{127, true, true},
                       row{128, false, true}, row{65535, false, true}, row{65536, false, false}}) {
    CAPTURE(r.written);
    const std::string bytes = encoded(r.written);
    decoder small{bytes};
    small.take_signed(-128, 127);
    CHECK(small.failed() != r.fits_int8);
    decoder natural{bytes};
    natural.take_unsigned(65535);
    CHECK(natural.failed() != r.fits_uint16);
  }
}

TEST_CASE("positive numbers in a signed form are read like any others") {
  decoder d{std::string_view{"\xd0\x05\xd3\x00\x00\x00\x00\x00\x00\x00\x07", 11}};
  CHECK(d.take_unsigned(255) == 5);
  CHECK(d.take_signed(0, 10) == 7);
  CHECK(d.at_end());
}

TEST_CASE("after the first mistake everything is default and the first reason stays") {
  const std::string bytes = encoded(std::string{"text"}) + encoded(5);
  decoder d{bytes};
  CHECK(d.take_bool() == false);
  const std::string reason = d.failure();
  CHECK(reason != "");
  CHECK(d.take_signed(0, 10) == 0);
  CHECK(d.take_string() == "");
  CHECK(d.take_array() == 0);
  CHECK(d.take_map() == 0);
  CHECK_FALSE(d.take_nil());
  d.skip();
  CHECK(d.failure() == reason);
  CHECK(d.at_end());
}

TEST_CASE("skip passes over a whole value") {
  const std::string bytes = encoded(a_payment()) + encoded(std::map<int, int>{{1, 2}}) + encoded(3);
  decoder d{bytes};
  d.skip();
  d.skip();
  CHECK(d.take_signed(0, 10) == 3);
  d.skip();
  CHECK(d.failed());
}

TEST_CASE("malformed msgpack fails and never crashes") {
  struct row {
    const char* what;
    std::string bytes;
  };
  const std::string deep(100'000, '\x91');
  const std::string deep_maps(100'000, '\x81');
  for (const row& r :
       {row{"the byte that msgpack never uses", "\xc1"}, row{"array without elements", "\x93"},
        row{"array of four thousand millions", std::string{"\xdd\xff\xff\xff\xff\x01", 6}},
        row{"map of four thousand millions", std::string{"\xdf\xff\xff\xff\xff", 5}},
        row{"string longer than the input", "\xdb\x10\x10\x10\x10 abc"}, row{"half an integer", "\xd3\x01\x02"},
        row{"ext of the largest size", std::string{"\xc9\xff\xff\xff\xff\x01\x01", 7}}, row{"depth of lists", deep},
        row{"depth of maps", deep_maps}}) {
    CAPTURE(r.what);
    decoder d{r.bytes};
    CHECK(d.failed());
    CHECK(d.at_end());
    CHECK(d.failure().find("msgpack") != std::string::npos);
  }
}

TEST_CASE("64 levels of nesting are read, 65 are not") {
  for (const std::size_t depth : {1U, 63U, 64U, 65U}) {
    CAPTURE(depth);
    const std::string bytes = std::string(depth, '\x91') + "\x01";
    CHECK(decoder{bytes}.failed() == (depth > 64));
  }
  const std::string empty_lists = std::string(64, '\x91') + "\x90";
  CHECK(decoder{empty_lists}.failed());
}

TEST_CASE("truncated and flipped records never crash and never read beyond their bytes") {
  const std::string whole = encoded(a_payment());
  const schema stored = codec<payment>::schema_of();
  const auto read = [&stored](const std::string& bytes) {
    decoder d{bytes};
    payment p;
    codec<payment>::read(d, p, stored);
    return !d.failed();
  };
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read(whole.substr(0, size)));
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int flip = 1; flip < 256; ++flip) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      read(bytes);
    }
  }
  leat::random chance{42};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(static_cast<std::size_t>(chance.below(40)), '\0');
    for (char& c : bytes) c = static_cast<char>(chance.next());
    read(bytes);
  }
}

namespace {

struct reversed_pair {
  int second = 1;
  int first = 2;
  LEAT_FIELDS(second, first);
};

}  // namespace

TEST_CASE("a record struct is not taken for a pair") {
  const std::string bytes = encoded(reversed_pair{});
  decoder d{bytes};
  std::pair<int, int> p;
  codec<std::pair<int, int>>::read(d, p, codec<reversed_pair>::schema_of());
  CHECK(d.failed());
}

TEST_CASE("an optional of an optional has no codec, since nil could mean either") {
  static_assert(leat::has_codec<std::optional<int>>);
  static_assert(!leat::has_codec<std::optional<std::optional<int>>>);
}

TEST_CASE("a batch reads back what it wrote, and refuses more than it holds") {
  leat::batch<std::string> from{4};
  from.push("a", 5);
  from.push("b", leat::no_event_time);
  from.hashes()[0] = 0xFFFF'FFFF;
  from.hashes()[1] = 1;
  encoder e;
  from.write(e);
  const std::string bytes = e.take();
  struct row {
    std::size_t capacity;
    bool fits;
  };
  for (const row& r : {row{1, false}, row{2, true}, row{9, true}}) {
    CAPTURE(r.capacity);
    leat::batch<std::string> to{r.capacity};
    decoder d{bytes};
    to.read(d);
    REQUIRE(d.failed() != r.fits);
    if (!r.fits) continue;
    REQUIRE(to.size() == 2);
    CHECK(to.values()[1] == "b");
    CHECK(to.times()[0] == 5);
    CHECK(to.times()[1] == leat::no_event_time);
    CHECK(to.hashes()[0] == 0xFFFF'FFFF);
  }
  leat::batch<std::string> to{9};
  decoder incomplete{
      std::string_view{"\x92\xa1"
                       "a\x05"}};
  to.read(incomplete);
  CHECK(incomplete.failed());
}
