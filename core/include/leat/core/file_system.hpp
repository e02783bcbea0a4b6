#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <leat/core/result.hpp>

namespace leat {

/// A file being written from its beginning. Legal order: append*, [sync], close. Destroying it without close drops
/// what was not flushed and reports nothing.
class writable_file {
 public:
  virtual ~writable_file() = default;

  /// Adds bytes at the end; they may stay in a buffer until sync or close.
  virtual result<void> append(std::string_view bytes) = 0;
  /// Returns when everything appended so far survives a loss of power. Blocks: never call it in a pooled actor.
  virtual result<void> sync() = 0;
  /// Hands everything to the operating system (not to the disk) and ends the file.
  virtual result<void> close() = 0;
};

/// A file being read. Threading: one thread.
class readable_file {
 public:
  virtual ~readable_file() = default;

  /// Reads up to `size` bytes from `offset` into `to`; fewer only at the end of the file; 0 past the end.
  virtual result<std::size_t> read(std::uint64_t offset, char* to, std::size_t size) = 0;
};

/// Held for as long as a directory belongs to this process; let go by destruction or by the process's end.
class directory_lock {
 public:
  virtual ~directory_lock() = default;
};

/// One entry of a directory listing.
struct directory_entry {
  std::string name;  ///< without the directory
  bool directory = false;
  std::uint64_t size_bytes = 0;
};

/// The only way to a disk. Handed in; paths use '/'. Errors carry the path and the system's reason.
/// Threading: all members may be called from any thread.
class file_system {
 public:
  virtual ~file_system() = default;

  /// Starts a new file, replacing one that stands there.
  virtual result<std::unique_ptr<writable_file>> create(const std::string& path) = 0;
  /// Errors: not_found.
  virtual result<std::unique_ptr<readable_file>> open(const std::string& path) = 0;
  /// Replaces `to` if it exists. Atomic; durable only after sync_directory of the parent.
  virtual result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Errors: not_found.
  virtual result<void> remove(const std::string& path) = 0;
  /// Makes the directory and its parents; success if it is there already.
  virtual result<void> create_directories(const std::string& path) = 0;
  /// Makes earlier creates, renames and removes in this directory durable.
  virtual result<void> sync_directory(const std::string& path) = 0;
  /// Everything in a directory but "." and "..", in byte order of the names. Errors: not_found.
  virtual result<std::vector<directory_entry>> list(const std::string& path) = 0;
  /// Size in bytes of a file. Errors: not_found.
  virtual result<std::uint64_t> size(const std::string& path) = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
  [[nodiscard]] virtual bool is_directory(const std::string& path) = 0;
  /// Takes the directory for this process. Errors: locked, with the holder's process number if known.
  virtual result<std::unique_ptr<directory_lock>> lock(const std::string& directory) = 0;

  /// The whole of a small file.
  result<std::string> read_all(const std::string& path);
};

/// The host's file system. Returns the same object at every call; it lives as long as the process.
[[nodiscard]] file_system& posix_file_system();

/// A file system in memory, for tests and simulation.
[[nodiscard]] std::unique_ptr<file_system> make_memory_file_system();

/// `directory` and `name` with one '/' between them.
[[nodiscard]] std::string join_path(std::string_view directory, std::string_view name);

}  // namespace leat
