#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/connectors/file_source.hpp>
#include <leat/core/fields.hpp>

namespace leat {

/// A line of a text file, without its line end.
struct line {
  std::string text;
  LEAT_FIELDS(text);
};

namespace formats {

/// The lines of one split of a text file; see csv_rows for the functions.
class text_rows {
 public:
  static result<std::unique_ptr<text_rows>> open(const source_split& split, std::string_view position,
                                                 const connector_context& context, const file_source_options& options);
  ~text_rows();

  row_step next();
  [[nodiscard]] std::string_view text() const { return text_; }
  row_step reject();
  [[nodiscard]] leat::error take_error();
  result<void> flush();
  [[nodiscard]] std::string position() const;
  [[nodiscard]] std::optional<double> progress() const;
  [[nodiscard]] std::uint64_t skipped() const;

 private:
  struct input;
  explicit text_rows(std::unique_ptr<input> in);

  std::unique_ptr<input> in_;
  std::string_view text_;
};

inline bool read_record(text_rows& rows, line& to) {
  to.text.assign(rows.text());
  return true;
}

}  // namespace formats

/// A source reading text line by line, empty lines included: `text_lines("book.txt")`. Of a directory it reads every
/// file that is not hidden. See file_source for what is read when.
class text_lines final : public file_source<text_lines, line> {
 public:
  explicit text_lines(std::string path) : file_source<text_lines, line>(std::move(path)) {}

  result<std::vector<source_split>> splits(const connector_context& context) const override {
    return list_file_splits(context, options_, {});
  }
  result<std::unique_ptr<split_reader<line>>> open(const source_split& split, std::string_view position,
                                                   const connector_context& context) const override {
    LEAT_TRY(rows, formats::text_rows::open(split, position, context, options_));
    return std::unique_ptr<split_reader<line>>(new file_split_reader<line, formats::text_rows>(std::move(rows)));
  }
};

}  // namespace leat
