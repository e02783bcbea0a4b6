#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <leat/connectors/file_source.hpp>
#include <leat/core/connector.hpp>

namespace leat::formats {

/// How a CSV file is written.
struct csv_format {
  enum class header_row : std::uint8_t { present, absent };
  char delimiter = ',';
  header_row header = header_row::present;
};

/// The rows of one split of a CSV file (RFC 4180), cell by cell, without knowing the record's type.
///
/// Rows without a quote are split at the delimiters; libcsv reads the others, in its strict mode, so that a stray quote
/// is malformed. Blanks belong to their cell. Empty lines and a byte order mark are passed over; CRLF and a missing
/// last line end are accepted. A file of no bytes has no rows and needs no header.
/// Call order: (next, cell*, [mismatch, reject])*.   Threading: one thread.
class csv_rows {
 public:
  /// Opens a split at `position`. `fields` are the columns wanted, by name; without a header row they are the file's
  /// columns in this order.
  /// Errors: not_found if the header lacks a field, listing what is there; invalid_argument if the file ends before the
  /// position; corrupt; io.
  static result<std::unique_ptr<csv_rows>> open(const source_split& split, std::string_view position,
                                                const connector_context& context, const file_source_options& options,
                                                const csv_format& format, std::vector<std::string> fields);
  ~csv_rows();

  /// Goes to the next row; one with broken quotes or of the wrong number of cells is rejected at once.
  row_step next();
  /// The cell of the field at this place in `fields`; valid until next(). Its data() is null if it is empty and not
  /// quoted. Requires: next() said row.
  [[nodiscard]] std::string_view cell(std::size_t field) const { return cells_[columns_[field]]; }

  /// Notes why the current row is malformed.
  void mismatch(std::size_t field, std::string_view expected);
  /// Deals with the current row by the malformed policy; if that is to fail, with take_error().
  row_step reject();
  /// After `failed`, once.
  [[nodiscard]] leat::error take_error();

  /// Makes dead letters durable.
  result<void> flush();
  [[nodiscard]] std::string position() const;
  [[nodiscard]] std::optional<double> progress() const;
  [[nodiscard]] std::uint64_t skipped() const;

 private:
  struct input;
  explicit csv_rows(std::unique_ptr<input> in);
  result<void> map_columns();

  std::unique_ptr<input> in_;
  std::vector<std::string_view> cells_;  ///< of the current row, by column
  std::vector<std::size_t> columns_;     ///< by field
};

}  // namespace leat::formats
