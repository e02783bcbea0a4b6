#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <leat/connectors/byte_stream.hpp>
#include <leat/connectors/file_source.hpp>
#include <leat/core/connector.hpp>

#include "dead_letters.hpp"
#include "file_range.hpp"

namespace leat::formats {

/// A line as offsets from the current row's first byte.
struct text_line {
  std::size_t content = 0;  ///< where its LF or CRLF begins
  std::size_t next = 0;     ///< where the line after it begins; equal to `content` for a last line without LF
};

/// The text of one split, line by line, with the exact place of each and the malformed policy: what the readers of CSV,
/// JSON lines and text have in common.
/// Call order: begin, (find_line*, (take, [reject] | pass | reject_overlong))*.   Threading: one thread.
class text_split {
 public:
  enum class found : std::uint8_t { line, end, too_long, failed };

  /// Bytes after a line that may be read (not used), as simdjson wants.
  static constexpr std::size_t padding_bytes = 64;

  text_split(file_range range, const connector_context& context, const file_source_options& options);

  /// A place in the file at which a row begins.
  struct place {
    std::uint64_t offset = 0;
    std::uint64_t line = 1;
  };

  /// Opens the file and goes to the stored position, or to the first row of the range that does not begin before
  /// `first_row`, the place behind a header.
  /// Errors: not_found, io; invalid_argument if the file ends before the position; corrupt.
  result<void> begin(std::string_view position, place first_row);

  /// Finds the line that begins `from` bytes after row(). With `from` 0 it says `end` also where the range ends.
  /// Moves memory: row() is another pointer afterwards.
  found find_line(std::size_t from, text_line& line) {
    if (from == 0 && offset() >= range_.end) return found::end;
    const auto available = static_cast<std::size_t>(end_ - row_);
    const void* lf = from < available ? std::memchr(row_ + from, '\n', available - from) : nullptr;
    return lf == nullptr ? find_line_beyond(from, line) : set_line(static_cast<const char*>(lf), from, line);
  }

  /// The first byte of the row being looked at.
  [[nodiscard]] const char* row() const { return row_; }
  /// Counts `bytes`, which are `lines` lines, as a row.
  void take(std::size_t bytes, std::size_t lines) {
    taken_ = row_;
    taken_lines_ = lines;
    row_ += bytes;
    line_ += lines;
    ++rows_;
  }
  /// Goes past a line that is no row.
  void pass(std::size_t bytes) {
    row_ += bytes;
    ++line_;
  }

  /// Deals with the row last taken by the malformed policy. Rejected, or failed with take_error().
  row_step reject(std::string_view reason);
  /// The same for a row whose first line is longer than allowed.
  row_step reject_overlong();
  void fail(leat::error e) { error_ = std::move(e); }
  [[nodiscard]] leat::error take_error();

  /// Of row() in the file's content.
  [[nodiscard]] std::uint64_t offset() const { return end_offset_ - static_cast<std::uint64_t>(end_ - row_); }
  [[nodiscard]] place here() const { return {offset(), line_}; }
  [[nodiscard]] std::size_t row_size_max() const { return row_size_max_; }

  result<void> flush();
  [[nodiscard]] std::string position() const;
  [[nodiscard]] std::optional<double> progress() const;
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  found find_line_beyond(std::size_t from, text_line& line);
  found set_line(const char* lf, std::size_t from, text_line& line) {
    line.content = static_cast<std::size_t>(lf - row_);
    line.next = line.content + 1;
    return trim(from, line);
  }
  found trim(std::size_t from, text_line& line) const {
    if (line.content > from && row_[line.content - 1] == '\r') --line.content;
    return line.content > row_size_max_ ? found::too_long : found::line;
  }

  result<void> go_to_first_row(place first_row);
  result<void> seek(std::uint64_t offset);
  result<void> skip_byte_order_mark();
  /// Goes past the next LF, however far.
  result<void> drop_line();
  /// Reads more, making room first; at the end of the file sets at_end_.
  result<void> fill();
  result<void> restore(std::string_view position);
  bool reject_row(const dead_letter& row);
  bool fail_at(const dead_letter& row);

  file_range range_;
  file_system* files_;
  malformed_policy malformed_;
  std::size_t row_size_max_;
  std::optional<dead_letters> dead_letters_;
  std::unique_ptr<byte_stream> stream_;
  std::uint64_t file_size_ = 0;

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  char* row_ = nullptr;
  char* end_ = nullptr;           ///< of what was read
  std::uint64_t end_offset_ = 0;  ///< of end_, in the file's content
  const char* taken_ = nullptr;
  std::size_t taken_lines_ = 0;
  bool at_end_ = false;

  std::uint64_t line_ = 1;  ///< of row_; counted from the first row of the range
  std::uint64_t rows_ = 0;
  std::uint64_t skipped_ = 0;
  std::optional<leat::error> error_;
};

}  // namespace leat::formats
