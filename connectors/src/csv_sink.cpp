#include <leat/connectors/csv_sink.hpp>

namespace leat::formats {

std::string csv_header(const std::vector<std::string>& columns, char delimiter) {
  std::string text;
  for (const auto& name : columns) {
    if (!text.empty()) text += delimiter;
    text += name;
  }
  return text;
}

}  // namespace leat::formats
