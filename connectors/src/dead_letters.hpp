#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <leat/core/file_system.hpp>
#include <leat/core/result.hpp>

namespace leat::formats {

/// A row that was not understood.
struct dead_letter {
  std::string_view file;
  std::uint64_t offset = 0;           ///< of the row in the file's content
  std::optional<std::uint64_t> line;  ///< empty in the middle of a divided file
  std::string_view reason;
  std::string_view row;
};

/// The dead letters of one start of one split: a JSON-lines file, made at the first letter. See
/// file_source::dead_letters for what is guaranteed.
class dead_letters {
 public:
  /// `split` and `offset` say what was started where; together they name the file.
  dead_letters(file_system& files, std::string directory, std::string_view split, std::uint64_t offset);

  result<void> add(const dead_letter& letter);
  /// Makes the letters so far durable.
  result<void> sync();

 private:
  file_system* files_;
  std::string directory_;
  std::string path_;
  std::unique_ptr<writable_file> file_;
  bool named_ = false;  ///< the directory entry is durable
  bool dirty_ = false;
};

}  // namespace leat::formats
