// Laws of the codec, over random nested values.

#include <leat/core/codec.hpp>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <leat/core/time.hpp>
#include <leat/core/value_text.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

enum class colour : std::uint8_t { red, green = 200 };
using account = leat::strong<std::uint32_t, struct account_tag>;

struct place {
  std::string town;
  std::optional<double> height;
  std::vector<std::int8_t> digits;
  bool operator==(const place&) const = default;
  LEAT_FIELDS(town, height, digits)
};

struct payment {
  std::uint64_t card = 7;
  std::int16_t cents = 0;
  account to{};
  float rate = 0;
  std::vector<place> places;
  std::map<std::string, std::vector<std::optional<std::int64_t>>> notes;
  std::pair<bool, colour> marks;
  leat::event_time at;
  bool operator==(const payment&) const = default;
  LEAT_FIELDS(card, cents, to, rate, places, notes, marks, at)
};

/// The same record in a later version: fields in another order, some dropped, one new, two wider.
struct later_payment {
  leat::event_time at;
  std::map<std::string, std::vector<std::optional<std::int64_t>>> notes;
  std::int64_t cents = 0;
  double rate = 0;
  std::string reason = "none";
  std::uint64_t card = 0;
  LEAT_FIELDS(at, notes, cents, rate, reason, card)
};

void showValue(const payment& p, std::ostream& to) { to << leat::to_text(p); }

/// Any integer, the ends of its range and what takes one byte more often than chance would.
template <class T>
rc::Gen<T> any_integer() {
  return rc::gen::oneOf(rc::gen::arbitrary<T>(), rc::gen::inRange<T>(0, 127),
                        rc::gen::element(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class T>
rc::Gen<T> any_real() {
  using limits = std::numeric_limits<T>;
  return rc::gen::oneOf(rc::gen::arbitrary<T>(), rc::gen::element(T{0}, -T{0}, limits::infinity(), limits::denorm_min(),
                                                                  limits::max(), limits::lowest()));
}

template <class T>
rc::Gen<std::optional<T>> any_optional(rc::Gen<T> some) {
  return rc::gen::oneOf(rc::gen::just(std::optional<T>{}),
                        rc::gen::map(std::move(some), [](T v) { return std::optional<T>{std::move(v)}; }));
}

rc::Gen<place> any_place() {
  return rc::gen::build<place>(rc::gen::set(&place::town),
                               rc::gen::set(&place::height, any_optional(any_real<double>())),
                               rc::gen::set(&place::digits));
}

rc::Gen<payment> any_payment() {
  using numbers = std::vector<std::optional<std::int64_t>>;
  return rc::gen::build<payment>(
      rc::gen::set(&payment::card, any_integer<std::uint64_t>()),
      rc::gen::set(&payment::cents, any_integer<std::int16_t>()),
      rc::gen::set(&payment::to,
                   rc::gen::map(any_integer<std::uint32_t>(), [](std::uint32_t n) { return account{n}; })),
      rc::gen::set(&payment::rate, any_real<float>()),
      rc::gen::set(&payment::places, rc::gen::container<std::vector<place>>(any_place())),
      rc::gen::set(&payment::notes, rc::gen::container<std::map<std::string, numbers>>(
                                        rc::gen::arbitrary<std::string>(),
                                        rc::gen::container<numbers>(any_optional(any_integer<std::int64_t>())))),
      rc::gen::set(&payment::marks,
                   rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::element(colour::red, colour::green))),
      rc::gen::set(&payment::at,
                   rc::gen::map(any_integer<std::int64_t>(), [](std::int64_t ms) { return leat::event_time{ms}; })));
}

template <class T>
std::string encoded(const T& value) {
  leat::encoder e;
  leat::codec<T>::write(e, value);
  return e.take();
}

/// The value, or nothing if the bytes are refused.
template <class T>
std::optional<T> decoded(const std::string& bytes, const leat::schema& stored) {
  leat::decoder d{bytes};
  T value{};
  leat::codec<T>::read(d, value, stored);
  return d.failed() ? std::nullopt : std::optional<T>{std::move(value)};
}

TEST_CASE("what is written is read as it was") {
  CHECK(rc::check("codec round trip", [] {
    const payment p = *any_payment();
    RC_ASSERT(decoded<payment>(encoded(p), leat::codec<payment>::schema_of()) == std::optional{p});
  }));
}

TEST_CASE("a later version reads what an earlier one wrote") {
  CHECK(rc::check("codec across versions", [] {
    const payment p = *any_payment();
    const auto later = decoded<later_payment>(encoded(p), leat::codec<payment>::schema_of());
    RC_ASSERT(later.has_value());
    RC_ASSERT(later->at == p.at);
    RC_ASSERT(later->notes == p.notes);
    RC_ASSERT(later->cents == p.cents);
    RC_ASSERT(later->rate == static_cast<double>(p.rate));
    RC_ASSERT(later->reason == "none");
    RC_ASSERT(later->card == p.card);
  }));
}

TEST_CASE("bytes that end too early are refused") {
  CHECK(rc::check("codec of truncated bytes", [] {
    const std::string whole = encoded(*any_payment());
    const auto size = *rc::gen::inRange<std::size_t>(0, whole.size());
    RC_ASSERT_FALSE(decoded<payment>(whole.substr(0, size), leat::codec<payment>::schema_of()).has_value());
    RC_ASSERT_FALSE(decoded<later_payment>(whole.substr(0, size), leat::codec<payment>::schema_of()).has_value());
  }));
}

TEST_CASE("flipped bits are refused or give a value that can be written and read") {
  CHECK(rc::check("codec of flipped bytes", [] {
    std::string bytes = encoded(*any_payment());
    for (int flips = *rc::gen::inRange(1, 4); flips > 0; --flips) {
      char& byte = bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << *rc::gen::inRange(0, 8)));
    }
    const leat::schema schema = leat::codec<payment>::schema_of();
    const auto value = decoded<payment>(bytes, schema);
    if (!value) return;
    const std::string own = encoded(*value);
    const auto again = decoded<payment>(own, schema);
    RC_ASSERT(again.has_value());
    RC_ASSERT(encoded(*again) == own);  // not the values: not-a-number differs from itself
  }));
}

}  // namespace
