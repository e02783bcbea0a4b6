#include <leat/connectors/json_rows.hpp>

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <leat/connectors/cell.hpp>

#include "message_text.hpp"
#include "text_split.hpp"

namespace leat::formats {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

static_assert(simdjson::SIMDJSON_PADDING <= text_split::padding_bytes);

/// An open object or array.
struct frame {
  bool object = false;
  simdjson::dom::object members;
  simdjson::dom::object::iterator member;  ///< after the last selected: rows mostly name their members in our order
  simdjson::dom::array elements;
  simdjson::dom::array::iterator next;
  std::size_t taken = 0;        ///< elements so far
  std::string_view selected{};  ///< member under the cursor
};

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

struct json_rows::input {
  input(const file_range& range, const connector_context& context, const file_source_options& options)
      : text(range, context, options) {}

  row_step next_line(text_line& line);
  bool mismatch(std::string_view expected);
  [[nodiscard]] std::string path() const;

  text_split text;
  simdjson::dom::parser parser;
  element value;  ///< under the cursor
  std::vector<frame> open;
  std::string reason;  ///< why the current row is malformed
};

json_rows::json_rows(std::unique_ptr<input> in) : in_(std::move(in)) {}
json_rows::~json_rows() = default;

result<std::unique_ptr<json_rows>> json_rows::open(const source_split& split, std::string_view position,
                                                   const connector_context& context,
                                                   const file_source_options& options) {
  auto in = std::make_unique<input>(file_range::parse(split.id), context, options);
  LEAT_CHECK(in->text.begin(position, {}));
  return std::unique_ptr<json_rows>(new json_rows(std::move(in)));
}

/// Goes to the next line that is not blank.
row_step json_rows::input::next_line(text_line& line) {
  for (;;) {
    switch (text.find_line(0, line)) {
      case text_split::found::end: return row_step::end;
      case text_split::found::failed: return row_step::failed;
      case text_split::found::too_long: return text.reject_overlong();
      case text_split::found::line:
        if (!blank({text.row(), line.content})) return row_step::row;
        text.pass(line.next);
    }
  }
}

row_step json_rows::next() {
  text_line line;
  const row_step step = in_->next_line(line);
  if (step != row_step::row) return step;
  const auto why = in_->parser.parse(in_->text.row(), line.content, false).get(in_->value);
  in_->text.take(line.next, 1);
  in_->open.clear();
  if (why == simdjson::SUCCESS) return row_step::row;
  in_->reason = fmt::format("not JSON: {}", simdjson::error_message(why));
  return reject();
}

bool json_rows::open_object() {
  frame f;
  if (in_->value.get(f.members) != simdjson::SUCCESS) return in_->mismatch("an object");
  f.object = true;
  f.member = f.members.begin();
  in_->open.push_back(f);
  return true;
}

bool json_rows::select(const char* name) {
  frame& f = in_->open.back();
  f.selected = name;
  if (f.member != f.members.end() && f.member.key_equals(f.selected)) {
    in_->value = f.member.value();
    ++f.member;
    return true;
  }
  for (auto member = f.members.begin(); member != f.members.end(); ++member) {
    if (!member.key_equals(f.selected)) continue;
    in_->value = member.value();
    f.member = ++member;
    return true;
  }
  return false;
}

bool json_rows::open_array() {
  frame f;
  if (in_->value.get(f.elements) != simdjson::SUCCESS) return in_->mismatch("an array");
  f.next = f.elements.begin();
  in_->open.push_back(f);
  return true;
}

bool json_rows::next_element() {
  frame& f = in_->open.back();
  if (!(f.next != f.elements.end())) return false;
  in_->value = *f.next;
  ++f.next;
  ++f.taken;
  return true;
}

void json_rows::close() { in_->open.pop_back(); }

bool json_rows::is_null() const { return in_->value.is_null(); }

bool json_rows::take_integer(std::int64_t lowest, std::int64_t highest, std::int64_t& to) {
  const bool good = in_->value.get(to) == simdjson::SUCCESS && lowest <= to && to <= highest;
  return (good && in_->value.type() != element_type::DOUBLE) || in_->mismatch(expected_integer(lowest, highest));
}

bool json_rows::take_integer(std::uint64_t highest, std::uint64_t& to) {
  const bool good = in_->value.get(to) == simdjson::SUCCESS && to <= highest;
  return (good && in_->value.type() != element_type::DOUBLE) || in_->mismatch(expected_integer(highest));
}

bool json_rows::take_real(double& to) {
  return in_->value.get(to) == simdjson::SUCCESS || in_->mismatch(expected_real());
}

bool json_rows::take_real(float& to) {
  double wide = 0;
  if (!take_real(wide)) return false;
  if (std::abs(wide) > std::numeric_limits<float>::max()) return in_->mismatch(expected_real());  // as from_chars does
  to = static_cast<float>(wide);
  return true;
}

bool json_rows::take_bool(bool& to) {
  return in_->value.get(to) == simdjson::SUCCESS || in_->mismatch("true or false");
}

bool json_rows::take_string(std::string& to) {
  std::string_view text;
  if (in_->value.get(text) != simdjson::SUCCESS) return in_->mismatch("a string");
  to.assign(text);
  return true;
}

bool json_rows::take_time(std::int64_t& ms) {
  std::string_view text;
  if (in_->value.type() == element_type::INT64) return in_->value.get(ms) == simdjson::SUCCESS;
  const bool good = in_->value.get(text) == simdjson::SUCCESS && parse_time(text, ms);
  return good || in_->mismatch(expected_time());
}

bool json_rows::input::mismatch(std::string_view expected) {
  reason = fmt::format("{}expected {}, found {}", path(), expected, printable(simdjson::minify(value)));
  return false;
}

/// `field "items[2].price": `, or nothing for the row itself.
std::string json_rows::input::path() const {
  std::string names;
  for (const frame& f : open) {
    if (f.object)
      names += fmt::format("{}{}", names.empty() ? "" : ".", f.selected);
    else
      names += fmt::format("[{}]", f.taken - 1);
  }
  return names.empty() ? names : fmt::format("field \"{}\": ", names);
}

void json_rows::missing(const char* name) {
  std::vector<std::string> names;
  for (const auto member : in_->open.back().members) names.emplace_back(member.key);
  in_->open.back().selected = name;
  in_->reason = fmt::format("{}it is missing", in_->path());
  if (!names.empty())
    in_->reason += fmt::format("{}; the object has: {}", suggestion(name, names), fmt::join(names, ", "));
}

row_step json_rows::reject() { return in_->text.reject(in_->reason); }
leat::error json_rows::take_error() { return in_->text.take_error(); }
result<void> json_rows::flush() { return in_->text.flush(); }
std::string json_rows::position() const { return in_->text.position(); }
std::optional<double> json_rows::progress() const { return in_->text.progress(); }
std::uint64_t json_rows::skipped() const { return in_->text.skipped(); }

}  // namespace leat::formats
