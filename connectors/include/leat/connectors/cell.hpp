#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <leat/core/codec.hpp>
#include <leat/core/strong.hpp>
#include <leat/core/time.hpp>

namespace leat::formats {

// Values as the text of one cell or JSON scalar. Parsing is by std::from_chars: no locale, the whole text must match;
// blanks around anything but strings are ignored. Each function returns false, and leaves `to` unspecified, when the
// text is something else.

bool parse_integer(std::string_view text, std::int64_t lowest, std::int64_t highest, std::int64_t& to);
bool parse_integer(std::string_view text, std::uint64_t highest, std::uint64_t& to);
bool parse_real(std::string_view text, double& to);
bool parse_real(std::string_view text, float& to);
/// "0", "1", "true" or "false".
bool parse_bool(std::string_view text, bool& to);
/// Milliseconds since 1970 UTC as an integer, or ISO 8601: `2018-04-01T00:00:31`, with a blank for the T if need be,
/// with a fraction of up to nine digits (cut off after the third) and, if need be, a Z or how far the clock was in front
/// of UTC: `+02:00`, `-0330` or `+02`. Without that it means UTC.
bool parse_time(std::string_view text, std::int64_t& ms);

// What was expected where one of these failed, for messages: "an integer from 0 to 255".
std::string expected_integer(std::int64_t lowest, std::int64_t highest);
std::string expected_integer(std::uint64_t highest);
std::string expected_real();
std::string expected_bool();
std::string expected_time();

/// How values are written into cells.
struct cell_format {
  char delimiter = ',';
  std::optional<int> decimals;  ///< of reals; otherwise the shortest text that reads back as the same value
  enum class time_text : std::uint8_t { ms, iso } times = time_text::ms;
};

/// Whether a delimiter cannot be mistaken for part of a number, a time, a letter beyond ASCII, a quote or a line end.
[[nodiscard]] constexpr bool good_delimiter(char c) {
  const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return c > 0 && !letter_or_digit && std::string_view("\"\r\n.:+-").find(c) == std::string_view::npos;
}

void append_integer(std::string& to, std::int64_t v);
void append_integer(std::string& to, std::uint64_t v);
void append_real(std::string& to, double v, std::optional<int> decimals);
void append_real(std::string& to, float v, std::optional<int> decimals);
/// `2018-04-01T00:00:31.123Z`; years outside 0000 to 9999 as ms.
void append_iso_time(std::string& to, std::int64_t ms);
/// Quoted when the text holds the delimiter, a quote or a line end, or begins or ends with a blank (RFC 4180).
void append_text(std::string& to, std::string_view v, char delimiter);

template <class T>
inline constexpr bool is_instant = false;
template <class Tag>
inline constexpr bool is_instant<instant<Tag>> = true;
template <class T>
inline constexpr bool is_strong = false;
template <class T, class Tag>
inline constexpr bool is_strong<strong<T, Tag>> = true;

/// What a cell can hold: bool, numbers, enums (as numbers), strings, times, `strong` types, and optionals of these.
template <class T>
struct cell_type : std::bool_constant<std::is_arithmetic_v<T> || std::is_enum_v<T> || std::same_as<T, std::string> ||
                                      is_instant<T>> {};
template <class T>
struct cell_type<std::optional<T>> : cell_type<T> {};
template <class T, class Tag>
struct cell_type<strong<T, Tag>> : cell_type<T> {};

template <class T>
concept is_cell = cell_type<T>::value;

/// Reads a cell. An empty cell is an empty optional; for optional strings, only if it stands there without quotes
/// (`text.data()` is null then).
template <is_cell T>
bool read_cell(std::string_view text, T& to) {
  if constexpr (leat::is_optional<T>) {
    using inner = typename T::value_type;
    const bool none = std::same_as<inner, std::string> ? text.data() == nullptr : text.empty();
    return none ? (to.reset(), true) : read_cell(text, to.emplace());
  } else if constexpr (is_strong<T>) {
    typename T::value_type v{};
    return read_cell(text, v) && (to = T{v}, true);
  } else if constexpr (is_instant<T>) {
    std::int64_t ms = 0;
    return parse_time(text, ms) && (to = T{ms}, true);
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> v{};
    return read_cell(text, v) && (to = static_cast<T>(v), true);
  } else if constexpr (std::same_as<T, bool>) {
    return parse_bool(text, to);
  } else if constexpr (std::floating_point<T>) {
    return parse_real(text, to);
  } else if constexpr (std::signed_integral<T>) {
    std::int64_t v = 0;
    return parse_integer(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), v) &&
           (to = static_cast<T>(v), true);
  } else if constexpr (std::unsigned_integral<T>) {
    std::uint64_t v = 0;
    return parse_integer(text, std::numeric_limits<T>::max(), v) && (to = static_cast<T>(v), true);
  } else {
    to.assign(text);
    return true;
  }
}

/// What a T may look like, for messages.
template <is_cell T>
std::string expected_cell() {
  if constexpr (is_optional<T>)
    return expected_cell<typename T::value_type>() + ", or nothing";
  else if constexpr (is_strong<T>)
    return expected_cell<typename T::value_type>();
  else if constexpr (is_instant<T>)
    return expected_time();
  else if constexpr (std::is_enum_v<T>)
    return expected_cell<std::underlying_type_t<T>>();
  else if constexpr (std::same_as<T, bool>)
    return expected_bool();
  else if constexpr (std::floating_point<T>)
    return expected_real();
  else if constexpr (std::signed_integral<T>)
    return expected_integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  else if constexpr (std::unsigned_integral<T>)
    return expected_integer(std::numeric_limits<T>::max());
  else
    return "a string";
}

/// Writes a cell: read_cell of it gives the value back.
template <is_cell T>
void append_cell(std::string& to, const T& v, const cell_format& format) {
  if constexpr (is_optional<T>) {
    if (!v) return;
    const std::size_t before = to.size();
    append_cell(to, *v, format);
    if (to.size() == before) to += "\"\"";  // an empty string, not none
  } else if constexpr (is_strong<T>) {
    append_cell(to, v.value(), format);
  } else if constexpr (is_instant<T>) {
    format.times == cell_format::time_text::iso ? append_iso_time(to, v.ms()) : append_integer(to, v.ms());
  } else if constexpr (std::is_enum_v<T>) {
    append_cell(to, static_cast<std::underlying_type_t<T>>(v), format);
  } else if constexpr (std::same_as<T, bool>) {
    to += v ? "true" : "false";
  } else if constexpr (std::floating_point<T>) {
    append_real(to, v, format.decimals);
  } else if constexpr (std::signed_integral<T>) {
    append_integer(to, static_cast<std::int64_t>(v));
  } else if constexpr (std::unsigned_integral<T>) {
    append_integer(to, static_cast<std::uint64_t>(v));
  } else {
    append_text(to, v, format.delimiter);
  }
}

}  // namespace leat::formats
