#include <leat/connectors/csv_rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "message_text.hpp"
#include "quoted_row_parser.hpp"
#include "text_split.hpp"

namespace leat::formats {
namespace {

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::vector<std::string> header_names(const std::vector<std::string_view>& cells) {
  std::vector<std::string> names;
  for (const auto cell : cells) names.emplace_back(without_blanks(cell));
  return names;
}

/// For each field its place in the header.
result<std::vector<std::size_t>> columns_of(const std::vector<std::string>& fields,
                                            const std::vector<std::string>& header, const std::string& path) {
  std::vector<std::size_t> columns;
  for (const auto& field : fields) {
    const auto found = std::find(header.begin(), header.end(), field);
    if (found == header.end()) {
      std::vector<std::string> shown;
      for (const auto& name : header) shown.push_back(printable(name));
      return error{errc::not_found, fmt::format("{}: there is no column \"{}\"{}; the header has: {}", path, field,
                                                suggestion(field, shown), fmt::join(shown, ", "))};
    }
    if (std::find(found + 1, header.end(), field) != header.end())
      return error{errc::invalid_argument, fmt::format("{}: the header has column \"{}\" twice", path, field)};
    columns.push_back(static_cast<std::size_t>(found - header.begin()));
  }
  return columns;
}

bool odd_quotes(std::string_view text) { return std::count(text.begin(), text.end(), '"') % 2 != 0; }

}  // namespace

/// Rows of cells, of whatever number, before it is known which column is which field.
struct csv_rows::input {
  input(const file_range& range, const connector_context& context, const file_source_options& options, char delim)
      : text(range, context, options), parser(delim), delimiter(delim), divided(!range.whole()) {}

  row_step next(std::vector<std::string_view>& cells);
  row_step split(const text_line& line, std::vector<std::string_view>& cells);
  row_step parse(text_line line, std::vector<std::string_view>& cells);
  row_step broken(std::size_t first_line_size, std::string_view why);

  text_split text;
  quoted_row_parser parser;
  char delimiter;
  bool divided;                     ///< the split is a range of a file: a row must be a line
  std::vector<std::string> header;  ///< the file's columns
  std::string reason;               ///< why the current row is malformed
};

row_step csv_rows::input::next(std::vector<std::string_view>& cells) {
  for (;;) {
    text_line line;
    switch (text.find_line(0, line)) {
      case text_split::found::line: break;
      case text_split::found::end: return row_step::end;
      case text_split::found::failed: return row_step::failed;
      case text_split::found::too_long: return text.reject_overlong();
    }
    if (line.content > 0) {
      cells.clear();
      return std::memchr(text.row(), '"', line.content) == nullptr ? split(line, cells) : parse(line, cells);
    }
    text.pass(line.next);
  }
}

row_step csv_rows::input::split(const text_line& line, std::vector<std::string_view>& cells) {
  const char* cell = text.row();
  const char* const end = cell + line.content;
  for (;;) {
    const void* const found = std::memchr(cell, delimiter, static_cast<std::size_t>(end - cell));
    const char* const stop = found == nullptr ? end : static_cast<const char*>(found);
    cells.push_back(stop == cell ? std::string_view{} : std::string_view(cell, static_cast<std::size_t>(stop - cell)));
    if (found == nullptr) break;
    cell = stop + 1;
  }
  text.take(line.next, 1);
  return row_step::row;
}

row_step csv_rows::input::parse(text_line line, std::vector<std::string_view>& cells) {
  const std::size_t first_line_size = line.next;
  std::size_t from = 0;
  std::size_t lines = 1;
  bool inside = false;  // quotes come in pairs, so their number tells whether a line ends inside a cell
  parser.begin();
  for (;; ++lines) {
    const char* const bytes = text.row() + from;
    inside ^= odd_quotes({bytes, line.content - from});
    // Inside a cell the line end is data, CR and all; at a row's end libcsv wants just the LF.
    const std::size_t size = (inside ? line.next : line.content) - from;
    if (!parser.feed({bytes, size}) || (!inside && !parser.feed("\n")))
      return broken(first_line_size,
                    "a quote in the middle of a cell (quotes in a cell are doubled, and the cell is quoted)");
    if (!inside) break;
    if (divided)
      return broken(first_line_size,
                    "a quoted cell does not end on its line; if cells may hold line ends, say .quoted_newlines()");
    from = line.next;
    switch (text.find_line(from, line)) {
      case text_split::found::line: break;
      case text_split::found::failed: return row_step::failed;
      case text_split::found::end: return broken(first_line_size, "a quoted cell does not end before the file does");
      case text_split::found::too_long:
        return broken(first_line_size, fmt::format("a quoted cell does not end within {} bytes", text.row_size_max()));
    }
  }
  parser.append_cells(cells);
  text.take(line.next, lines);
  return row_step::row;
}

/// With its quotes in doubt only a row's first line is given up: a stray quote must not swallow good rows.
row_step csv_rows::input::broken(std::size_t first_line_size, std::string_view why) {
  text.take(first_line_size, 1);
  return text.reject(why);
}

csv_rows::csv_rows(std::unique_ptr<input> in) : in_(std::move(in)) {}
csv_rows::~csv_rows() = default;

result<std::unique_ptr<csv_rows>> csv_rows::open(const source_split& split, std::string_view position,
                                                 const connector_context& context, const file_source_options& options,
                                                 const csv_format& format, std::vector<std::string> fields) {
  const file_range range = file_range::parse(split.id);
  auto in = std::make_unique<input>(range, context, options, format.delimiter);
  text_split::place first_row;
  if (format.header == csv_format::header_row::present) {
    auto strict = options;
    strict.malformed = {};
    input top({range.path, 0, file_range::no_end}, context, strict, format.delimiter);
    top.divided = in->divided;
    LEAT_CHECK(top.text.begin({}, first_row));
    std::vector<std::string_view> cells;
    if (top.next(cells) == row_step::failed) return top.text.take_error();
    in->header = header_names(cells);
    first_row = top.text.here();
  } else {
    in->header = fields;
  }
  LEAT_CHECK(in->text.begin(position, first_row));
  std::unique_ptr<csv_rows> rows(new csv_rows(std::move(in)));
  const auto& header = rows->in_->header;
  if (header.empty()) return rows;  // an empty file
  LEAT_TRY(columns, columns_of(fields, header, range.path));
  rows->columns_ = std::move(columns);
  return rows;
}

row_step csv_rows::next() {
  const row_step step = in_->next(cells_);
  if (step != row_step::row || cells_.size() == in_->header.size()) return step;
  in_->reason = fmt::format("{} cell{}, expected {}: {}", cells_.size(), cells_.size() == 1 ? "" : "s",
                            in_->header.size(), fmt::join(in_->header, ", "));
  return reject();
}

void csv_rows::mismatch(std::size_t field, std::string_view expected) {
  in_->reason = fmt::format("column \"{}\": expected {}, found \"{}\"", in_->header[columns_[field]], expected,
                            printable(cell(field)));
}

row_step csv_rows::reject() { return in_->text.reject(in_->reason); }
leat::error csv_rows::take_error() { return in_->text.take_error(); }
result<void> csv_rows::flush() { return in_->text.flush(); }
std::string csv_rows::position() const { return in_->text.position(); }
std::optional<double> csv_rows::progress() const { return in_->text.progress(); }
std::uint64_t csv_rows::skipped() const { return in_->text.skipped(); }

}  // namespace leat::formats
