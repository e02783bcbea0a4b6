#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/connectors/cell.hpp>
#include <leat/connectors/csv_rows.hpp>
#include <leat/connectors/csv_text.hpp>
#include <leat/connectors/file_source.hpp>
#include <leat/core/fields.hpp>

namespace leat::formats {

/// Fills a record's fields from the current row. False if a cell does not fit; the row's mismatch is noted then.
template <has_fields T>
bool read_record(csv_rows& rows, T& to) {
  std::size_t field = 0;
  bool good = true;
  for_each_field(to, [&](const char*, auto& value) {
    if (!good) return;
    good = read_cell(rows.cell(field), value);
    if (!good) rows.mismatch(field, expected_cell<std::remove_cvref_t<decltype(value)>>());
    ++field;
  });
  return good;
}

}  // namespace leat::formats

namespace leat {

/// A source reading CSV files: `csv_files<payment>("payments/")`. The header row says which column feeds which field of
/// LEAT_FIELDS; other columns are ignored. Reads *.csv, *.csv.gz and *.csv.zst of a directory, or one file of any name.
/// See file_source for what is read when, csv_rows for what is accepted.
template <class T>
class csv_files final : public file_source<csv_files<T>, T> {
 public:
  explicit csv_files(std::string path) : file_source<csv_files<T>, T>(std::move(path)) { formats::require_cells<T>(); }

  /// Requires: not a quote, a line end, or part of a number.
  csv_files& delimiter(char c) {
    LEAT_ASSERT(formats::good_delimiter(c), "this delimiter could be part of a cell");
    format_.delimiter = c;
    return *this;
  }
  /// The files begin with data; their columns are the fields in the order of LEAT_FIELDS, no more and no fewer.
  csv_files& without_header() {
    format_.header = formats::csv_format::header_row::absent;
    return *this;
  }
  /// Quoted cells may hold line ends even in files over the split size, which are then not divided. Without this, a row
  /// of a divided file that does not end with its line is malformed: a reader in the middle of a file cannot know
  /// whether a line begins inside quotes. Smaller, compressed and in-order files need no such word.
  csv_files& quoted_newlines() {
    this->options_.division = file_division::by_file;
    return *this;
  }

  result<std::vector<source_split>> splits(const connector_context& context) const override {
    return list_file_splits(context, this->options_, {".csv"});
  }
  result<std::unique_ptr<split_reader<T>>> open(const source_split& split, std::string_view position,
                                                const connector_context& context) const override {
    LEAT_TRY(rows,
             formats::csv_rows::open(split, position, context, this->options_, format_, formats::field_names<T>()));
    return std::unique_ptr<split_reader<T>>(new file_split_reader<T, formats::csv_rows>(std::move(rows)));
  }

 private:
  formats::csv_format format_;
};

}  // namespace leat
