#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/core/connector.hpp>

namespace leat {

/// What a reader does with a row that is not a record of the wanted type.
struct malformed_policy {
  enum class action : std::uint8_t {
    fail,         ///< the read fails; the error names file, line, column, value and what was expected
    skip,         ///< passed over and counted, see split_reader::skipped()
    dead_letter,  ///< as skip, and written with the reason to a file under `directory`
  };
  action what = action::fail;
  std::string directory;
};

enum class reading_order : std::uint8_t { any, by_name };
enum class file_division : std::uint8_t { by_file, by_range };

/// Settings that all sources reading files share.
struct file_source_options {
  std::string path;  ///< a file, or a directory whose files are read
  std::uint64_t split_size_bytes = std::uint64_t{64} << 20;
  std::size_t row_size_max_bytes = std::size_t{16} << 20;
  reading_order order = reading_order::any;
  file_division division = file_division::by_range;
  malformed_policy malformed;
};

/// The splits of options.path: the file itself, or the directory's files in name order. Hidden files, sub-directories
/// and names without one of `suffixes` (plain, or followed by ".gz" or ".zst"; none given: any name) are passed over.
/// A plain file over the split size is divided into ranges unless the options forbid it. A split's id is the path as
/// given, for a range followed by "@begin+length".
/// Errors: not_found if the path does not exist, or if the directory has files but none with the right name; io.
result<std::vector<source_split>> list_file_splits(const connector_context& context, const file_source_options& options,
                                                   std::initializer_list<std::string_view> suffixes);

/// What a row reader's next() came to.
enum class row_step : std::uint8_t {
  row,
  rejected,  ///< a malformed row was passed over
  end,
  failed,
};

/// Reads the records of one split through `Rows`, formats::csv_rows, json_rows or text_rows.
///
/// A row belongs to the range in which its first byte lies. Positions hold the offset of the next row, its line number
/// and the numbers of rows read and passed over; a reader opened there yields exactly the rows that were left.
template <class T, class Rows>
class file_split_reader final : public split_reader<T> {
 public:
  explicit file_split_reader(std::unique_ptr<Rows> rows) : rows_(std::move(rows)) {}

  /// Looks at as many rows as there is room for, so that a read ends also if most are malformed.
  result<read_result> read(batch<T>& to) override {
    const std::size_t first = to.size();
    std::size_t count = first;
    row_step step = row_step::row;
    for (std::size_t room = to.capacity() - first; room > 0; --room) {
      step = rows_->next();
      if (step == row_step::row) {
        T& value = to.values()[count];
        value = blank_;  // by copying: strings keep their room
        if (read_record(*rows_, value))
          ++count;
        else
          step = rows_->reject();
      }
      if (step == row_step::end || step == row_step::failed) break;
    }
    std::fill(to.times() + first, to.times() + count, no_event_time);
    to.resize(count);
    if (step == row_step::failed) return rows_->take_error();
    LEAT_CHECK(rows_->flush());
    return read_result{step == row_step::end ? read_result::state::finished : read_result::state::more, {}};
  }

  [[nodiscard]] std::string position() const override { return rows_->position(); }
  [[nodiscard]] std::optional<double> progress() const override { return rows_->progress(); }
  [[nodiscard]] std::uint64_t skipped() const override { return rows_->skipped(); }

 private:
  std::unique_ptr<Rows> rows_;
  const T blank_{};
};

/// What csv_files, json_files and text_lines have in common. Copyable; the fluent members change this object and
/// return it.
template <class Derived, class T>
class file_source : public source_connector<T> {
 public:
  /// All files are one stream, in name order, read by one subtask. Files are not divided.
  Derived& in_order() {
    options_.order = reading_order::by_name;
    return self();
  }
  /// Plain files larger than this are divided into ranges of this size; sizes under 4 count as 4. Part of the split
  /// ids: with another size, stored positions no longer match. Requires: > 0.
  Derived& split_size(std::uint64_t bytes) {
    LEAT_ASSERT(bytes > 0, "a split has a size");
    options_.split_size_bytes = bytes;
    return self();
  }
  /// A longer row is malformed (16 MiB unless set). Requires: > 0.
  Derived& row_size_max(std::size_t bytes) {
    LEAT_ASSERT(bytes > 0, "a row has a size");
    options_.row_size_max_bytes = bytes;
    return self();
  }
  /// Malformed rows are passed over and counted instead of failing the job.
  Derived& skip_malformed() {
    options_.malformed = {malformed_policy::action::skip, {}};
    return self();
  }
  /// Malformed rows are passed over, counted and written to JSON-lines files in `directory`, each with file, offset,
  /// line (if known), reason and row; bytes of the row that are not UTF-8 become U+FFFD.
  ///
  /// Guarantee: at least once. A malformed row is on disk before the reader's position moves past it. Every (re)start
  /// of a split writes a file of its own, named by split and offset, and never touches those of other starts; rows read
  /// again after a failure stand in two files, with equal `file` and `offset`. A start from the same offset replaces
  /// its file.
  Derived& dead_letters(std::string directory) {
    options_.malformed = {malformed_policy::action::dead_letter, std::move(directory)};
    return self();
  }

  [[nodiscard]] bool ordered() const override { return options_.order == reading_order::by_name; }
  [[nodiscard]] bool blocking() const override { return true; }

 protected:
  explicit file_source(std::string path) { options_.path = std::move(path); }
  file_source_options options_;

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace leat
