#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <leat/connectors/part_files.hpp>
#include <leat/core/connector.hpp>

namespace leat {

/// Writes one subtask's share of a file sink. `Format` has `header()`, with its line end or empty, and
/// `append(std::string&, const T&)`, without.
template <class T, class Format>
class file_sink_writer final : public sink_writer<T> {
 public:
  file_sink_writer(formats::part_files files, Format format)
      : files_(std::move(files)), format_(std::move(format)), header_(format_.header()) {}

  result<void> recover(std::optional<checkpoint_id> from, const std::vector<prepared_output>& prepared) override {
    return files_.recover(from, prepared);
  }

  result<void> write(const batch<T>& records) override {
    if (records.empty()) return {};
    text_.clear();
    for (std::size_t i = 0; i < records.size(); ++i) {
      format_.append(text_, records.values()[i]);
      text_ += '\n';
    }
    return files_.append(header_, text_);
  }

  result<std::string> prepare(checkpoint_id id) override { return files_.prepare(id); }
  result<void> commit(const std::string& token) override { return files_.commit(token); }

 private:
  formats::part_files files_;
  Format format_;
  std::string header_;
  std::string text_;
};

}  // namespace leat
