#include <leat/connectors/text_lines.hpp>

#include "text_split.hpp"

namespace leat::formats {

struct text_rows::input {
  text_split text;
};

text_rows::text_rows(std::unique_ptr<input> in) : in_(std::move(in)) {}
text_rows::~text_rows() = default;

result<std::unique_ptr<text_rows>> text_rows::open(const source_split& split, std::string_view position,
                                                   const connector_context& context,
                                                   const file_source_options& options) {
  std::unique_ptr<input> in(new input{text_split(file_range::parse(split.id), context, options)});
  LEAT_CHECK(in->text.begin(position, {}));
  return std::unique_ptr<text_rows>(new text_rows(std::move(in)));
}

row_step text_rows::next() {
  text_line line;
  switch (in_->text.find_line(0, line)) {
    case text_split::found::end: return row_step::end;
    case text_split::found::failed: return row_step::failed;
    case text_split::found::too_long: return in_->text.reject_overlong();
    case text_split::found::line: break;
  }
  text_ = {in_->text.row(), line.content};
  in_->text.take(line.next, 1);
  return row_step::row;
}

row_step text_rows::reject() { return in_->text.reject("not a line"); }
leat::error text_rows::take_error() { return in_->text.take_error(); }
result<void> text_rows::flush() { return in_->text.flush(); }
std::string text_rows::position() const { return in_->text.position(); }
std::optional<double> text_rows::progress() const { return in_->text.progress(); }
std::uint64_t text_rows::skipped() const { return in_->text.skipped(); }

}  // namespace leat::formats
