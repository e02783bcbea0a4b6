#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/connectors/cell.hpp>
#include <leat/core/fields.hpp>

namespace leat::formats {

/// Writes a string with its quotes. Bytes that are not UTF-8 become U+FFFD, since JSON has no way to hold them.
void append_json_string(std::string& to, std::string_view text);
/// Writes the separator and a member's name, which must need no escapes.
void append_json_name(std::string& to, char separator, std::string_view name);
/// Writes the shortest text that reads back as the same value, or `decimals` digits after the point; infinities and
/// not-a-number become null, since JSON has neither.
void append_json_real(std::string& to, double v, std::optional<int> decimals = std::nullopt);
void append_json_real(std::string& to, float v, std::optional<int> decimals = std::nullopt);

/// Writes any value that has a codec: structs with LEAT_FIELDS and pairs as objects, vectors as arrays, maps with
/// string keys as objects and other maps as arrays of pairs, times as ms since 1970, enums as numbers, empty optionals
/// as null. `decimals` is for reals.
template <class T>
void append_json(std::string& to, const T& v, std::optional<int> decimals = std::nullopt);

/// The parts of append_json for types with parts.
template <class T>
struct json_writer {
  static void append(std::string& to, const T& v, std::optional<int> decimals) {
    static_assert(has_fields<T>, "leat: this type has no JSON form: add LEAT_FIELDS(field, field, ...) to it");
    char separator = '{';
    for_each_field(v, [&](const char* name, const auto& field) {
      append_json_name(to, separator, name);
      separator = ',';
      append_json(to, field, decimals);
    });
    if (separator == '{') to += separator;
    to += '}';
  }
};

template <class T>
struct json_writer<std::vector<T>> {
  static void append(std::string& to, const std::vector<T>& v, std::optional<int> decimals) {
    to += '[';
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (i > 0) to += ',';
      append_json<T>(to, v[i], decimals);
    }
    to += ']';
  }
};

template <class A, class B>
struct json_writer<std::pair<A, B>> {
  static void append(std::string& to, const std::pair<A, B>& v, std::optional<int> decimals) {
    to += "{\"first\":";
    append_json(to, v.first, decimals);
    to += ",\"second\":";
    append_json(to, v.second, decimals);
    to += '}';
  }
};

template <class K, class V>
struct json_writer<std::map<K, V>> {
  static void append(std::string& to, const std::map<K, V>& m, std::optional<int> decimals) {
    constexpr bool object = std::same_as<K, std::string>;
    char separator = object ? '{' : '[';
    for (const auto& entry : m) {
      to += separator;
      separator = ',';
      if constexpr (object) {
        append_json_string(to, entry.first);
        to += ':';
        append_json(to, entry.second, decimals);
      } else {
        append_json(to, std::pair<K, V>(entry), decimals);
      }
    }
    if (m.empty()) to += separator;
    to += object ? '}' : ']';
  }
};

template <class T>
void append_json(std::string& to, const T& v, std::optional<int> decimals) {
  if constexpr (is_optional<T>) {
    if (v)
      append_json(to, *v, decimals);
    else
      to += "null";
  } else if constexpr (is_strong<T>) {
    append_json(to, v.value(), decimals);
  } else if constexpr (is_instant<T>) {
    append_integer(to, v.ms());
  } else if constexpr (std::is_enum_v<T>) {
    append_json(to, static_cast<std::underlying_type_t<T>>(v), decimals);
  } else if constexpr (std::same_as<T, bool>) {
    to += v ? "true" : "false";
  } else if constexpr (std::floating_point<T>) {
    append_json_real(to, v, decimals);
  } else if constexpr (std::signed_integral<T>) {
    append_integer(to, static_cast<std::int64_t>(v));
  } else if constexpr (std::unsigned_integral<T>) {
    append_integer(to, static_cast<std::uint64_t>(v));
  } else if constexpr (std::same_as<T, std::string>) {
    append_json_string(to, v);
  } else {
    json_writer<T>::append(to, v, decimals);
  }
}

}  // namespace leat::formats
