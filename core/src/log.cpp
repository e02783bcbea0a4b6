#include <leat/core/log.hpp>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

namespace leat {
namespace {

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
constexpr std::string_view wipe_line = "\r\x1b[K";

/// A spdlog sink that can be pointed elsewhere. spdlog calls it under its mutex.
class file_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void point_to(std::FILE* to) {
    const std::lock_guard guard{mutex_};
    to_ = to;
    terminal_ = ::isatty(::fileno(to)) == 1;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    spdlog::memory_buf_t bytes;
    if (terminal_) bytes.append(wipe_line.data(), wipe_line.data() + wipe_line.size());
    formatter_->format(line, bytes);
    std::fwrite(bytes.data(), 1, bytes.size(), to_);
  }
  void flush_() override { std::fflush(to_); }

  std::FILE* to_ = stderr;
  bool terminal_ = ::isatty(::fileno(stderr)) == 1;
};

/// The process's log. A log that every function had to be handed would be handed everywhere: the one ambient thing.
struct process_log {
  std::shared_ptr<file_sink> sink = std::make_shared<file_sink>();
  spdlog::logger logger{"leat", sink};
  std::atomic<log_format> format{log_format::text};

  process_log() {
    logger.set_level(spdlog::level::warn);
    logger.flush_on(spdlog::level::trace);
    use_pattern(text_pattern);
  }
  void use_pattern(const char* pattern) {
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc, "\n"));
  }
};

/// Never destroyed: other threads may speak until the very end.
process_log& the_log() {
  static process_log& l = *new process_log;
  return l;
}

spdlog::level::level_enum spdlog_level(log_level level) {
  switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warning: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// Appends with control characters escaped, so that a line stays one line and a terminal obeys nobody.
void append_printable(std::string& to, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      to += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      to += "\\u00";
      (to += digits[byte >> 4]) += digits[byte & 0xF];
    } else {
      to += c;
    }
  }
}

/// Appends a JSON string.
void append_quoted(std::string& to, std::string_view text) {
  to += '"';
  for (;;) {
    const std::size_t special = std::min(text.find_first_of("\"\\"), text.size());
    append_printable(to, text.substr(0, special));
    if (special == text.size()) break;
    (to += '\\') += text[special];
    text.remove_prefix(special + 1);
  }
  to += '"';
}

void append_text_value(std::string& to, const log_field& field) {
  const bool plain = !field.value.empty() && field.value.find_first_of(" \"\\=\n\r\t") == std::string::npos;
  plain ? append_printable(to, field.value) : append_quoted(to, field.value);
}

std::string text_line(std::string_view component, std::string_view message, std::initializer_list<log_field> fields) {
  std::string line;
  append_printable(line, component);
  line += ": ";
  append_printable(line, message);
  for (const log_field& field : fields) {
    (line += ' ').append(field.key) += '=';
    append_text_value(line, field);
  }
  return line;
}

/// The members behind time and level, without braces.
std::string json_members(std::string_view component, std::string_view message,
                         std::initializer_list<log_field> fields) {
  std::string line = "\"component\":";
  append_quoted(line, component);
  line += ",\"message\":";
  append_quoted(line, message);
  for (const log_field& field : fields) {
    line += ',';
    append_quoted(line, field.key);
    line += ':';
    field.quoted ? append_quoted(line, field.value) : static_cast<void>(line += field.value);
  }
  return line;
}

}  // namespace

std::string_view to_string(log_level level) {
  switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warning: return "warning";
    case log_level::error: return "error";
  }
  return "unknown";
}

result<log_level> parse_log_level(std::string_view name) {
  for (const auto level : {log_level::debug, log_level::info, log_level::warning, log_level::error}) {
    if (name == to_string(level)) return level;
  }
  return leat::error{errc::invalid_argument,
                     "there is no log level '" + std::string{name} + "'; choose debug, info, warning or error"};
}

void log(log_level level, std::string_view component, std::string_view message,
         std::initializer_list<log_field> fields) {
  process_log& l = the_log();
  if (!l.logger.should_log(spdlog_level(level))) return;
  const bool json = l.format == log_format::json;
  const std::string line = (json ? json_members : text_line)(component, message, fields);
  l.logger.log(spdlog_level(level), spdlog::string_view_t{line.data(), line.size()});
}

bool log_enabled(log_level level) { return the_log().logger.should_log(spdlog_level(level)); }
void set_log_level(log_level level) { the_log().logger.set_level(spdlog_level(level)); }

void set_log_format(log_format format) {
  the_log().format = format;
  the_log().use_pattern(format == log_format::json ? json_pattern : text_pattern);
}

void set_log_output(std::FILE* to) { the_log().sink->point_to(to); }

}  // namespace leat
