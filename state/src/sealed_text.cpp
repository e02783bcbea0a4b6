#include "sealed_text.hpp"

#include "digest.hpp"

namespace leat {

std::string seal(std::string_view kind, std::string_view content) {
  std::string text{kind};
  text += " 1 ";
  text += digest_of(content);
  text += ' ';
  text += std::to_string(content.size());
  text += '\n';
  text += content;
  return text;
}

result<std::string> unseal(std::string_view kind, std::string text, const std::string& path) {
  const std::size_t line_end = text.find('\n');
  if (line_end == std::string::npos) return error{errc::corrupt, path + ": no first line with a checksum"};
  std::string content = text.substr(line_end + 1);
  if (seal(kind, content) != text)
    return error{errc::corrupt, path + ": its content does not match the checksum and length in its first line"};
  return content;
}

}  // namespace leat
