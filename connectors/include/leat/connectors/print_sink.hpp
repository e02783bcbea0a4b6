#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <leat/connectors/callback_sink.hpp>
#include <leat/connectors/csv_text.hpp>
#include <leat/connectors/json_text.hpp>
#include <leat/core/connector.hpp>

namespace leat {

namespace formats {
/// Writes and flushes in one go, so that the lines of subtasks do not mix. Errors: io.
result<void> write_to_stdout(std::string_view text);
}  // namespace formats

/// A sink that prints a line for each record: the prefix, then the record as JSON, or as CSV without header line.
/// `leat::print_sink<payment>("payment ")`. A record may come again after a restart.
template <class T>
class print_sink final : public sink_connector<T> {
 public:
  explicit print_sink(std::string prefix = {}) : prefix_(std::move(prefix)) {}

  /// Requires: a struct of cells, see csv_files.
  print_sink& as_csv() {
    formats::require_cells<T>();
    append_ = [](std::string& to, const T& record) { formats::append_csv_row(to, record, {}); };
    return *this;
  }

  result<std::unique_ptr<sink_writer<T>>> open(const connector_context&) const override {
    return std::unique_ptr<sink_writer<T>>(std::make_unique<writer>(prefix_, append_));
  }
  [[nodiscard]] bool blocking() const override { return true; }

 private:
  using append_function = void (*)(std::string&, const T&);

  class writer final : public immediate_writer<T> {
   public:
    writer(std::string prefix, append_function append) : prefix_(std::move(prefix)), append_(append) {}

    result<void> write(const batch<T>& records) override {
      text_.clear();
      for (std::size_t i = 0; i < records.size(); ++i) {
        text_ += prefix_;
        append_(text_, records.values()[i]);
        text_ += '\n';
      }
      return formats::write_to_stdout(text_);
    }

   private:
    std::string prefix_;
    append_function append_;
    std::string text_;
  };

  std::string prefix_;
  append_function append_ = [](std::string& to, const T& record) { formats::append_json(to, record); };
};

}  // namespace leat
