#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <leat/connectors/file_sink.hpp>
#include <leat/connectors/json_text.hpp>

namespace leat {

namespace formats {

/// JSON lines as a file sink's format.
struct json_lines {
  std::optional<int> decimals;

  [[nodiscard]] std::string header() const { return {}; }
  template <class T>
  void append(std::string& to, const T& record) const {
    append_json(to, record, decimals);
  }
};

}  // namespace formats

/// A sink writing files of one JSON object per line into a directory, exactly once:
/// `leat::json_sink<payment>("payments/")`. Files are called `part-<writer>-<checkpoint>.jsonl`. Infinities and
/// not-a-number are written as null, and bytes that are not UTF-8 as U+FFFD. All else is as with csv_sink.
template <class T>
class json_sink final : public sink_connector<T> {
 public:
  explicit json_sink(std::string directory) : directory_(std::move(directory)) {}

  /// As csv_sink::decimals.
  json_sink& decimals(int count) {
    LEAT_ASSERT(count >= 0 && count <= 100, "a number of digits");
    format_.decimals = count;
    return *this;
  }

  result<std::unique_ptr<sink_writer<T>>> open(const connector_context& context) const override {
    return std::unique_ptr<sink_writer<T>>(std::make_unique<file_sink_writer<T, formats::json_lines>>(
        formats::part_files(context, directory_, "jsonl"), format_));
  }
  [[nodiscard]] bool blocking() const override { return true; }

 private:
  std::string directory_;
  formats::json_lines format_;
};

}  // namespace leat
