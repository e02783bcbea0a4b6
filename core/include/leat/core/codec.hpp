#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/fields.hpp>
#include <leat/core/result.hpp>
#include <leat/core/schema.hpp>
#include <leat/core/strong.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// Writes msgpack into bytes of its own. Never fails.
/// What takes a single byte is written in place, since most values of most snapshots are small; the rest by msgpack-c.
/// Threading: one thread.
class encoder {
 public:
  encoder() = default;
  encoder(const encoder&) = delete;  // the cursor points into its bytes
  encoder& operator=(const encoder&) = delete;

  void put_nil() { put_byte(0xC0); }
  void put_bool(bool v) { put_byte(v ? 0xC3 : 0xC2); }
  void put_signed(std::int64_t v) {
    if (v >= -32 && v < 128)
      put_byte(static_cast<std::uint8_t>(v));
    else
      put_wide_signed(v);
  }
  void put_unsigned(std::uint64_t v) {
    if (v < 128)
      put_byte(static_cast<std::uint8_t>(v));
    else
      put_wide_unsigned(v);
  }
  void put_real(double v);
  void put_real(float v);
  void put_string(std::string_view v);
  /// `count` values follow.
  void put_array(std::size_t count) {
    if (count < 16)
      put_byte(static_cast<std::uint8_t>(0x90 | count));
    else
      put_long_array(count);
  }
  /// `count` pairs follow, key before value.
  void put_map(std::size_t count);

  /// Bytes written since the last take.
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(next_ - bytes_.data()); }
  /// Hands over what has been written, and begins anew.
  [[nodiscard]] std::string take();

 private:
  struct sink;

  void put_byte(std::uint8_t byte) {
    if (next_ == end_) [[unlikely]]
      make_room(1);
    *next_++ = static_cast<char>(byte);
  }
  void put_wide_signed(std::int64_t v);
  void put_wide_unsigned(std::uint64_t v);
  void put_long_array(std::size_t count);
  void make_room(std::size_t count);

  std::string bytes_;
  char* next_ = bytes_.data();  ///< where the next byte goes
  char* end_ = bytes_.data();   ///< of the room for it
};

/// Reads msgpack that came from a disk or a network: nothing in it is trusted. After the first mistake every further
/// read returns a default value and failed() stays true, so a caller may check once per record.
/// Ownership: borrows the bytes; views returned by take_string point into them.
class decoder {
 public:
  explicit decoder(std::string_view bytes);
  ~decoder();
  decoder(const decoder&) = delete;
  decoder& operator=(const decoder&) = delete;

  [[nodiscard]] bool failed() const { return !failure_.empty(); }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  /// True when all values have been read (or after a failure).
  [[nodiscard]] bool at_end() const;
  void fail(std::string why);

  bool take_nil();  ///< true and passed over if the next value is nil; false and untouched otherwise
  bool take_bool();
  std::int64_t take_signed(std::int64_t lowest, std::int64_t highest);
  std::uint64_t take_unsigned(std::uint64_t highest);
  double take_real();
  std::string_view take_string();
  std::size_t take_array();
  std::size_t take_map();
  void skip();  ///< passes over one value with all it contains

 private:
  struct tokens;
  std::unique_ptr<tokens> tokens_;
  std::string failure_;
};

/// How a type is stored: `schema_of()`, `write(encoder&, const T&)` and `read(decoder&, T&, const schema& stored)`.
/// `read` requires that schema::why_unreadable(stored, schema_of()) is empty; the bytes may be anything.
/// There are codecs for bool, numbers, enums, strings, times, `strong`, optional, vector, map, pair and for every
/// struct with LEAT_FIELDS; specialise it for other types.
template <class T>
struct codec;

/// A type that can be stored and sent.
template <class T>
concept has_codec = requires(encoder& e, decoder& d, const T& in, T& out, const schema& s) {
  { codec<T>::schema_of() } -> std::same_as<schema>;
  codec<T>::write(e, in);
  codec<T>::read(d, out, s);
};

/// Turns a missing codec into one readable line.
template <class T>
constexpr void require_codec() {
  static_assert(has_codec<T>,
                "leat: this type has no codec: add LEAT_FIELDS(field, field, ...) inside the struct (every field needs "
                "a codec too), or specialise leat::codec<T>");
}

template <>
struct codec<bool> {
  static schema schema_of() { return {schema::kind::boolean, {}, 0, {}}; }
  static void write(encoder& e, bool v) { e.put_bool(v); }
  static void read(decoder& d, bool& v, const schema&) { v = d.take_bool(); }
};

template <std::integral T>
  requires(!std::same_as<T, bool>)
struct codec<T> {
  static schema schema_of() {
    return {std::signed_integral<T> ? schema::kind::integer : schema::kind::unsigned_integer, {}, 8 * sizeof(T), {}};
  }
  static void write(encoder& e, T v) {
    if constexpr (std::signed_integral<T>)
      e.put_signed(v);
    else
      e.put_unsigned(v);
  }
  static void read(decoder& d, T& v, const schema&) {
    if constexpr (std::signed_integral<T>)
      v = static_cast<T>(d.take_signed(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    else
      v = static_cast<T>(d.take_unsigned(std::numeric_limits<T>::max()));
  }
};

template <std::floating_point T>
  requires(sizeof(T) <= 8)
struct codec<T> {
  static schema schema_of() { return {schema::kind::real, {}, 8 * sizeof(T), {}}; }
  static void write(encoder& e, T v) { e.put_real(v); }
  static void read(decoder& d, T& v, const schema&) { v = static_cast<T>(d.take_real()); }
};

template <class T>
  requires std::is_enum_v<T>
struct codec<T> {
  using number = std::underlying_type_t<T>;
  static schema schema_of() { return codec<number>::schema_of(); }
  static void write(encoder& e, T v) { codec<number>::write(e, static_cast<number>(v)); }
  static void read(decoder& d, T& v, const schema& s) {
    number n{};
    codec<number>::read(d, n, s);
    v = static_cast<T>(n);
  }
};

template <>
struct codec<std::string> {
  static schema schema_of() { return {schema::kind::string, {}, 0, {}}; }
  static void write(encoder& e, const std::string& v) { e.put_string(v); }
  static void read(decoder& d, std::string& v, const schema&) { v = d.take_string(); }
};

template <class Tag>
struct codec<instant<Tag>> {
  static schema schema_of() { return codec<std::int64_t>::schema_of(); }
  static void write(encoder& e, instant<Tag> v) { e.put_signed(v.ms()); }
  static void read(decoder& d, instant<Tag>& v, const schema& s) {
    std::int64_t ms = 0;
    codec<std::int64_t>::read(d, ms, s);
    v = instant<Tag>{ms};
  }
};

template <class T, class Tag>
struct codec<strong<T, Tag>> {
  static schema schema_of() { return codec<T>::schema_of(); }
  static void write(encoder& e, strong<T, Tag> v) { codec<T>::write(e, v.value()); }
  static void read(decoder& d, strong<T, Tag>& v, const schema& s) {
    T inner{};
    codec<T>::read(d, inner, s);
    v = strong<T, Tag>{inner};
  }
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Not for an optional of an optional: nil could not say which of the two is empty.
template <has_codec T>
  requires(!is_optional<T>)
struct codec<std::optional<T>> {
  static schema schema_of() { return {schema::kind::optional, {}, 0, {codec<T>::schema_of()}}; }
  static void write(encoder& e, const std::optional<T>& v) {
    if (v)
      codec<T>::write(e, *v);
    else
      e.put_nil();
  }
  static void read(decoder& d, std::optional<T>& v, const schema& s) {
    v.reset();
    if (!d.take_nil()) codec<T>::read(d, v.emplace(), s.parts.at(0));
  }
};

template <has_codec T>
struct codec<std::vector<T>> {
  static schema schema_of() { return {schema::kind::list, {}, 0, {codec<T>::schema_of()}}; }
  static void write(encoder& e, const std::vector<T>& v) {
    e.put_array(v.size());
    for (const auto& x : v) codec<T>::write(e, x);
  }
  static void read(decoder& d, std::vector<T>& v, const schema& s) {
    const std::size_t count = d.take_array();
    v.clear();
    for (std::size_t i = 0; i < count && !d.failed(); ++i) {
      T x{};
      codec<T>::read(d, x, s.parts.at(0));
      v.push_back(std::move(x));
    }
  }
};

template <has_codec K, has_codec V>
struct codec<std::map<K, V>> {
  static schema schema_of() { return {schema::kind::map, {}, 0, {codec<K>::schema_of(), codec<V>::schema_of()}}; }
  static void write(encoder& e, const std::map<K, V>& m) {
    e.put_map(m.size());
    for (const auto& [k, v] : m) {
      codec<K>::write(e, k);
      codec<V>::write(e, v);
    }
  }
  static void read(decoder& d, std::map<K, V>& m, const schema& s) {
    const std::size_t count = d.take_map();
    m.clear();
    for (std::size_t i = 0; i < count && !d.failed(); ++i) {
      K k{};
      codec<K>::read(d, k, s.parts.at(0));
      codec<V>::read(d, m[std::move(k)], s.parts.at(1));
    }
  }
};

template <has_codec A, has_codec B>
struct codec<std::pair<A, B>> {
  static schema schema_of() {
    schema s{schema::kind::record, {}, 0, {codec<A>::schema_of(), codec<B>::schema_of()}};
    s.parts[0].name = "first";
    s.parts[1].name = "second";
    return s;
  }
  static void write(encoder& e, const std::pair<A, B>& v) {
    e.put_array(2);
    codec<A>::write(e, v.first);
    codec<B>::write(e, v.second);
  }
  static void read(decoder& d, std::pair<A, B>& v, const schema& s) {
    const bool a_pair = s.parts.size() == 2 && s.parts[0].name == "first" && s.parts[1].name == "second";
    if (!a_pair || d.take_array() != 2) return d.fail("a pair must have the two parts first and second");
    codec<A>::read(d, v.first, s.parts[0]);
    codec<B>::read(d, v.second, s.parts[1]);
  }
};

template <has_fields T>
struct codec<T> {
  static schema schema_of() {
    schema s{schema::kind::record, {}, 0, {}};
    T sample{};
    for_each_field(sample, [&s](const char* name, const auto& v) {
      using field = std::decay_t<decltype(v)>;
      require_codec<field>();
      s.parts.push_back(codec<field>::schema_of());
      s.parts.back().name = name;
    });
    return s;
  }
  static void write(encoder& e, const T& v) {
    std::size_t count = 0;
    for_each_field(v, [&count](const char*, const auto&) { ++count; });
    e.put_array(count);
    for_each_field(v, [&e](const char*, const auto& x) { codec<std::decay_t<decltype(x)>>::write(e, x); });
  }
  /// Fields are found by the names in `stored`; those it lacks keep their default.
  static void read(decoder& d, T& v, const schema& stored) {
    v = T{};
    if (d.take_array() != stored.parts.size()) return d.fail("a record's number of fields differs from its schema");
    for (const auto& part : stored.parts) {
      bool known = false;
      for_each_field(v, [&](const char* name, auto& x) {
        if (known || part.name != name) return;
        known = true;
        codec<std::decay_t<decltype(x)>>::read(d, x, part);
      });
      if (!known) d.skip();
      if (d.failed()) return;
    }
  }
};

}  // namespace leat
