#pragma once

#include <memory>
#include <string>
#include <utility>

#include <leat/connectors/csv_text.hpp>
#include <leat/connectors/file_sink.hpp>

namespace leat {

namespace formats {

/// CSV as a file sink's format: the names of LEAT_FIELDS as header line, a row per record.
struct csv_lines {
  cell_format format;
  std::string names;

  [[nodiscard]] std::string header() const { return names + "\n"; }
  template <class T>
  void append(std::string& to, const T& record) const {
    append_csv_row(to, record, format);
  }
};

/// The header line of a CSV file with these columns, without line end.
[[nodiscard]] std::string csv_header(const std::vector<std::string>& columns, char delimiter);

}  // namespace formats

/// A sink writing CSV files into a directory, exactly once: `leat::csv_sink<payment>("payments/")`.
///
/// What a checkpoint covers appears with it, in one file `part-<writer>-<checkpoint>.csv` per subtask that had
/// something to write; unfinished files have names that begin with a dot and do not end with .csv. Every file begins
/// with a header line. See formats::part_files for the names and for what happens after crashes.
/// Copyable; the fluent members change this object and return it.
template <class T>
class csv_sink final : public sink_connector<T> {
 public:
  explicit csv_sink(std::string directory) : directory_(std::move(directory)) { formats::require_cells<T>(); }

  /// Requires: not a quote, a line end, or part of a number.
  csv_sink& delimiter(char c) {
    LEAT_ASSERT(formats::good_delimiter(c), "this delimiter could be part of a cell");
    format_.delimiter = c;
    return *this;
  }
  /// Reals with this many digits after the point; otherwise with as many as it takes to read the same value back.
  /// Requires: 0 to 100.
  csv_sink& decimals(int count) {
    LEAT_ASSERT(count >= 0 && count <= 100, "a number of digits");
    format_.decimals = count;
    return *this;
  }
  /// Times as 2018-04-01T00:00:31.123Z instead of ms since 1970.
  csv_sink& iso_times() {
    format_.times = formats::cell_format::time_text::iso;
    return *this;
  }

  result<std::unique_ptr<sink_writer<T>>> open(const connector_context& context) const override {
    return std::unique_ptr<sink_writer<T>>(std::make_unique<file_sink_writer<T, formats::csv_lines>>(
        formats::part_files(context, directory_, "csv"),
        formats::csv_lines{format_, formats::csv_header(formats::field_names<T>(), format_.delimiter)}));
  }
  [[nodiscard]] bool blocking() const override { return true; }

 private:
  std::string directory_;
  formats::cell_format format_;
};

}  // namespace leat
