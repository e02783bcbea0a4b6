#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <leat/connectors/file_source.hpp>
#include <leat/core/connector.hpp>

namespace leat::formats {

/// The rows of one split of a JSON-lines file, as a cursor over the current row's value, without knowing the record's
/// type. Lines of blanks, a byte order mark, CRLF and a missing last line end are accepted.
/// Call order: (next, (cursor functions)*, [reject])*.   Threading: one thread.
class json_rows {
 public:
  /// Errors: invalid_argument if the file ends before the position; corrupt; io.
  static result<std::unique_ptr<json_rows>> open(const source_split& split, std::string_view position,
                                                 const connector_context& context, const file_source_options& options);
  ~json_rows();

  /// Goes to the next line and puts the cursor on its value; a line that is not JSON is rejected at once.
  row_step next();

  // The cursor. Functions returning bool say whether the value is of that kind; if not, the mismatch is noted.
  bool open_object();
  /// Puts the cursor on a member of the innermost open object; false if there is none. If a name stands twice, either
  /// may be taken.
  bool select(const char* name);
  bool open_array();
  /// Puts the cursor on the next element of the innermost open array; false at its end.
  bool next_element();
  /// Ends the innermost open object or array.
  void close();

  [[nodiscard]] bool is_null() const;
  bool take_integer(std::int64_t lowest, std::int64_t highest, std::int64_t& to);
  bool take_integer(std::uint64_t highest, std::uint64_t& to);
  bool take_real(double& to);
  bool take_real(float& to);
  bool take_bool(bool& to);
  bool take_string(std::string& to);
  bool take_time(std::int64_t& ms);  ///< an integer or a string, as parse_time

  /// Notes that the innermost open object lacks a member.
  void missing(const char* name);
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
  explicit json_rows(std::unique_ptr<input> in);

  std::unique_ptr<input> in_;
};

}  // namespace leat::formats
