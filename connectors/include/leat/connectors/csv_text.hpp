#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <leat/connectors/cell.hpp>
#include <leat/core/fields.hpp>

namespace leat::formats {

/// Turns a record type that does not fit into a row of cells into one readable line.
template <class T>
constexpr void require_cells() {
  static_assert(has_fields<T>,
                "leat: CSV needs a struct with LEAT_FIELDS(field, field, ...): its names are the columns");
  if constexpr (has_fields<T>) {
    [[maybe_unused]] constexpr auto check = [](T& sample) {
      for_each_field(sample, [](const char*, auto& field) {
        static_assert(
            is_cell<std::remove_cvref_t<decltype(field)>>,
            "leat: a CSV cell holds a bool, a number, an enum, a string, a time, or an optional of these; use "
            "JSON for nested structs and lists");
      });
    };
  }
}

/// The names in LEAT_FIELDS.
template <has_fields T>
[[nodiscard]] std::vector<std::string> field_names() {
  std::vector<std::string> names;
  T sample{};
  for_each_field(sample, [&names](const char* name, const auto&) { names.emplace_back(name); });
  return names;
}

/// Writes a record's cells, without the line end. Never an empty line, which readers would pass over.
template <has_fields T>
void append_csv_row(std::string& to, const T& record, const cell_format& format) {
  const std::size_t begin = to.size();
  bool first = true;
  for_each_field(record, [&](const char*, const auto& field) {
    if (!first) to += format.delimiter;
    first = false;
    append_cell(to, field, format);
  });
  if (to.size() == begin) to += "\"\"";
}

}  // namespace leat::formats
