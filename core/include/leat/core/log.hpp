#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

#include <leat/core/result.hpp>

namespace leat {

/// How much a line matters. Lines below the level that is set are dropped before anything is formatted.
enum class log_level : std::uint8_t { debug, info, warning, error };
[[nodiscard]] std::string_view to_string(log_level level);
/// Errors: invalid_argument, naming the levels there are.
[[nodiscard]] result<log_level> parse_log_level(std::string_view name);

enum class log_format : std::uint8_t {
  text,  ///< 2024-05-01T12:00:00.000Z warning checkpoint: could not be taken id=7 reason="disk full"
  json,  ///< the same as one JSON object a line, with the members time, level, component, message and the fields
};

/// A figure beside a message: key=value.
struct log_field {
  log_field(std::string_view k, std::string_view v) : key(k), value(v), quoted(true) {}
  log_field(std::string_view k, const char* v) : log_field(k, std::string_view{v}) {}
  log_field(std::string_view k, const std::string& v) : log_field(k, std::string_view{v}) {}
  log_field(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), quoted(false) {}
  template <std::integral T>
  log_field(std::string_view k, T v) : key(k), value(std::to_string(v)), quoted(false) {}
  template <std::floating_point T>
  log_field(std::string_view k, T v) : key(k), value(std::to_string(v)), quoted(true) {}  // JSON has no nan

  std::string_view key;
  std::string value;
  bool quoted;  ///< in JSON
};

/// Writes one line to the log, stderr unless told otherwise. `component` is the module or the operator that speaks;
/// `message` is a sentence without figures, which go into the fields.
/// A line that goes to a terminal first wipes what stands in the terminal's current line, so that a progress line
/// is not torn: it is drawn again below with its next step.
/// Threading: any thread; lines are never mixed.
void log(log_level level, std::string_view component, std::string_view message,
         std::initializer_list<log_field> fields = {});

/// Whether lines of this level are written, for the rare field that is expensive to make.
[[nodiscard]] bool log_enabled(log_level level);

/// Set once, by main; `warning`, `text` and stderr until then, so that a healthy job is silent.
void set_log_level(log_level level);
void set_log_format(log_format format);
/// `to` stays open until it is replaced.
void set_log_output(std::FILE* to);

}  // namespace leat
