#include <leat/connectors/json_text.hpp>

#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "message_text.hpp"

namespace leat::formats {
namespace {

std::string with_replacements(std::string_view text) {
  std::string good;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    good += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return good;
}

void append_escaped(std::string& to, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  to += '\\';
  switch (c) {
    case '"':
    case '\\': to += c; return;
    case '\n': to += 'n'; return;
    case '\r': to += 'r'; return;
    case '\t': to += 't'; return;
    default:
      to += "u00";
      to += hex[static_cast<unsigned char>(c) >> 4];
      to += hex[static_cast<unsigned char>(c) & 15];
  }
}

/// ASCII that stands for itself.
bool is_plain(char c) { return c >= 0x20 && c != '"' && c != '\\'; }

void append_utf8(std::string& to, std::string_view text) {
  to += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    to += text.substr(plain, i - plain);
    append_escaped(to, c);
    plain = i + 1;
  }
  to += text.substr(plain);
  to += '"';
}

template <class T>
void append_any_real(std::string& to, T v, std::optional<int> decimals) {
  if (std::isfinite(v))
    append_real(to, v, decimals);
  else
    to += "null";
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    to += '"';
    to += text;
    to += '"';
  } else if (simdjson::validate_utf8(text.data(), text.size())) {
    append_utf8(to, text);
  } else {
    append_utf8(to, with_replacements(text));
  }
}

void append_json_name(std::string& to, char separator, std::string_view name) {
  const std::size_t before = to.size();
  to.resize(before + name.size() + 4);
  char* at = to.data() + before;
  *at++ = separator;
  *at++ = '"';
  at = std::copy(name.begin(), name.end(), at);
  *at++ = '"';
  *at = ':';
}

void append_json_real(std::string& to, double v, std::optional<int> decimals) { append_any_real(to, v, decimals); }
void append_json_real(std::string& to, float v, std::optional<int> decimals) { append_any_real(to, v, decimals); }

}  // namespace leat::formats
