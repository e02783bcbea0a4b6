#include "dead_letters.hpp"

#include <fmt/format.h>

#include <leat/connectors/json_text.hpp>
#include <leat/core/hash.hpp>

#include <utility>

#include "durable_directory.hpp"

namespace leat::formats {

dead_letters::dead_letters(file_system& files, std::string directory, std::string_view split, std::uint64_t offset)
    : files_(&files), directory_(std::move(directory)) {
  const std::string_view name = split.substr(split.rfind('/') + 1);
  path_ = join_path(directory_, fmt::format("{}-{:08x}-{:020}.jsonl", name, hash_bytes(split), offset));
}

result<void> dead_letters::add(const dead_letter& letter) {
  if (!file_) {
    LEAT_CHECK(make_durable_directory(*files_, directory_));
    LEAT_TRY(file, files_->create(path_));
    file_ = std::move(file);
  }
  std::string text = "{\"file\":";
  append_json_string(text, letter.file);
  text += fmt::format(",\"offset\":{}", letter.offset);
  if (letter.line) text += fmt::format(",\"line\":{}", *letter.line);
  text += ",\"reason\":";
  append_json_string(text, letter.reason);
  text += ",\"row\":";
  append_json_string(text, letter.row);
  text += "}\n";
  dirty_ = true;
  return file_->append(text);
}

result<void> dead_letters::sync() {
  if (!dirty_) return {};
  LEAT_CHECK(file_->sync());
  if (!named_) LEAT_CHECK(files_->sync_directory(directory_));
  named_ = true;
  dirty_ = false;
  return {};
}

}  // namespace leat::formats
