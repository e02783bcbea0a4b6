#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/connectors/cell.hpp>
#include <leat/connectors/file_source.hpp>
#include <leat/connectors/json_rows.hpp>
#include <leat/core/fields.hpp>

namespace leat::formats {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

/// Reads the value under the cursor. An optional is empty where the value is null or the member is missing; any other
/// missing or null member is a mismatch. Requires of T: what a CSV cell can hold, structs with LEAT_FIELDS, and vectors
/// and optionals of these.
template <class T>
bool read_json(json_rows& rows, T& to) {
  if constexpr (is_optional<T>) {
    return rows.is_null() ? (to.reset(), true) : read_json(rows, to.emplace());
  } else if constexpr (has_fields<T>) {
    if (!rows.open_object()) return false;
    bool good = true;
    for_each_field(to, [&](const char* name, auto& field) {
      if (!good) return;
      if (rows.select(name))
        good = read_json(rows, field);
      else if constexpr (is_optional<std::remove_cvref_t<decltype(field)>>)
        field.reset();
      else
        good = (rows.missing(name), false);
    });
    if (good) rows.close();
    return good;
  } else if constexpr (is_vector<T>) {
    if (!rows.open_array()) return false;
    to.clear();
    while (rows.next_element()) {
      typename T::value_type element{};
      if (!read_json(rows, element)) return false;
      to.push_back(std::move(element));
    }
    rows.close();
    return true;
  } else if constexpr (is_strong<T>) {
    typename T::value_type v{};
    return read_json(rows, v) && (to = T{v}, true);
  } else if constexpr (is_instant<T>) {
    std::int64_t ms = 0;
    return rows.take_time(ms) && (to = T{ms}, true);
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> v{};
    return read_json(rows, v) && (to = static_cast<T>(v), true);
  } else if constexpr (std::same_as<T, bool>) {
    return rows.take_bool(to);
  } else if constexpr (std::floating_point<T>) {
    return rows.take_real(to);
  } else if constexpr (std::signed_integral<T>) {
    std::int64_t v = 0;
    return rows.take_integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), v) &&
           (to = static_cast<T>(v), true);
  } else if constexpr (std::unsigned_integral<T>) {
    std::uint64_t v = 0;
    return rows.take_integer(std::numeric_limits<T>::max(), v) && (to = static_cast<T>(v), true);
  } else {
    static_assert(std::same_as<T, std::string>,
                  "leat: JSON holds bools, numbers, enums, strings, times, structs with LEAT_FIELDS, and vectors and "
                  "optionals of these");
    return rows.take_string(to);
  }
}

template <class T>
bool read_record(json_rows& rows, T& to) {
  return read_json(rows, to);
}

}  // namespace leat::formats

namespace leat {

/// A source reading files of one JSON value per line: `json_files<ride>("rides/")`. Members are found by the names in
/// LEAT_FIELDS; others are ignored. Reads *.jsonl, *.ndjson and *.json, plain or followed by .gz or .zst, of a
/// directory, or one file of any name. See file_source for what is read when.
template <class T>
class json_files final : public file_source<json_files<T>, T> {
 public:
  explicit json_files(std::string path) : file_source<json_files<T>, T>(std::move(path)) {}

  result<std::vector<source_split>> splits(const connector_context& context) const override {
    return list_file_splits(context, this->options_, {".jsonl", ".ndjson", ".json"});
  }
  result<std::unique_ptr<split_reader<T>>> open(const source_split& split, std::string_view position,
                                                const connector_context& context) const override {
    LEAT_TRY(rows, formats::json_rows::open(split, position, context, this->options_));
    return std::unique_ptr<split_reader<T>>(new file_split_reader<T, formats::json_rows>(std::move(rows)));
  }
};

}  // namespace leat
