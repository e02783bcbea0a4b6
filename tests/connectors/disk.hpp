#pragma once

#include <leat/core/clock.hpp>
#include <leat/core/connector.hpp>
#include <leat/core/memory_file_system.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leat::test {

/// The world of a connector under test: a disk in memory and a clock that stands still.
struct disk {
  memory_file_system files;
  manual_clock time{processing_time{1'000'000}};

  connector_context context(std::uint32_t subtask = 0, std::uint32_t parallelism = 1) {
    return {"the-uid", subtask_index{subtask}, parallelism, &files, &time};
  }

  void put(const std::string& path, std::string_view bytes) {
    if (const auto slash = path.rfind('/'); slash != std::string::npos)
      files.create_directories(path.substr(0, slash)).value();
    auto file = files.create(path).value();
    file->append(bytes).value();
    file->close().value();
    files.sync_all();
  }

  std::string content(const std::string& path) { return files.read_all(path).value(); }

  std::vector<std::string> names(const std::string& directory) {
    std::vector<std::string> found;
    const auto entries = files.list(directory).value();
    for (const auto& entry : entries) found.push_back(entry.name);
    return found;
  }
};

/// Reads a split from `position` to its end, in batches of `capacity`.
template <class T>
result<std::vector<T>> read_split(const source_connector<T>& source, const source_split& split,
                                  std::string_view position, const connector_context& context,
                                  std::size_t capacity = 3) {
  LEAT_TRY(reader, source.open(split, position, context));
  std::vector<T> rows;
  batch<T> records(capacity);
  for (;;) {
    records.clear();
    LEAT_TRY(said, reader->read(records));
    rows.insert(rows.end(), records.values(), records.values() + records.size());
    if (said.next == read_result::state::finished) return rows;
  }
}

/// Reads all splits, one after the other.
template <class T>
result<std::vector<T>> read_all(const source_connector<T>& source, const connector_context& context,
                                std::size_t capacity = 3) {
  LEAT_TRY(splits, source.splits(context));
  std::vector<T> rows;
  for (const auto& split : splits) {
    LEAT_TRY(more, read_split(source, split, {}, context, capacity));
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

/// Reads a split row by row and, after each, goes on with a new reader from the stored position.
template <class T>
std::vector<T> read_with_restarts(const source_connector<T>& source, const source_split& split,
                                  const connector_context& context) {
  std::vector<T> rows;
  std::string position;
  batch<T> records(1);
  for (;;) {
    auto reader = source.open(split, position, context).value();
    records.clear();
    const auto said = reader->read(records).value();
    rows.insert(rows.end(), records.values(), records.values() + records.size());
    position = reader->position();
    if (said.next == read_result::state::finished) return rows;
  }
}

/// The message of a failed result, "" of a good one.
template <class T>
std::string failure(const result<T>& r) {
  return r ? std::string{} : r.error().message();
}

}  // namespace leat::test
