#pragma once

#include <memory>
#include <optional>
#include <string>

#include <leat/core/file_system.hpp>
#include <leat/core/result.hpp>

#include <rocksdb/file_system.h>

#include "digest.hpp"

namespace leat {

/// What RocksDB takes for a disk: lets it write or read table files of a leat::file_system and
/// refuses all else, so that the same code runs on a real disk and on a simulated one. Everything
/// happens in the calling thread.
///
/// Ownership: borrows `files`.
class table_disk final : public rocksdb::FileSystem {
 public:
  explicit table_disk(file_system& files) : files_(&files) {}

  /// The first error of the file system below. RocksDB's own status is a poor copy of it.
  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }

  /// Length and checksum of the one file that was created here, as handed to the file system.
  [[nodiscard]] std::uint64_t written_bytes() const { return written_bytes_; }
  [[nodiscard]] std::string written_digest() const { return written_.hex(); }

  using io = rocksdb::IOOptions;
  using debug = rocksdb::IODebugContext;
  using status = rocksdb::IOStatus;

  status NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                         std::unique_ptr<rocksdb::FSWritableFile>* made, debug*) override;
  status NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSRandomAccessFile>* made, debug*) override;
  status GetFileSize(const std::string& path, const io&, std::uint64_t* size, debug*) override;
  status FileExists(const std::string& path, const io&, debug*) override;
  status DeleteFile(const std::string& path, const io&, debug*) override;

  const char* Name() const override { return "leat"; }
  status NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSSequentialFile>*, debug*) override {
    return refuse(path);
  }
  status NewDirectory(const std::string& path, const io&, std::unique_ptr<rocksdb::FSDirectory>*, debug*) override {
    return refuse(path);
  }
  status GetChildren(const std::string& path, const io&, std::vector<std::string>*, debug*) override {
    return refuse(path);
  }
  status CreateDir(const std::string& path, const io&, debug*) override { return refuse(path); }
  status CreateDirIfMissing(const std::string& path, const io&, debug*) override { return refuse(path); }
  status DeleteDir(const std::string& path, const io&, debug*) override { return refuse(path); }
  status GetFileModificationTime(const std::string& path, const io&, std::uint64_t*, debug*) override {
    return refuse(path);
  }
  status RenameFile(const std::string& path, const std::string&, const io&, debug*) override { return refuse(path); }
  status LockFile(const std::string& path, const io&, rocksdb::FileLock**, debug*) override { return refuse(path); }
  status UnlockFile(rocksdb::FileLock*, const io&, debug*) override { return refuse("a lock"); }
  status GetTestDirectory(const io&, std::string*, debug*) override { return refuse("a test directory"); }
  status GetAbsolutePath(const std::string& path, const io&, std::string*, debug*) override { return refuse(path); }
  status IsDirectory(const std::string& path, const io&, bool*, debug*) override { return refuse(path); }

 private:
  class output;
  class input;

  static status refuse(const std::string& path) { return status::NotSupported("not part of a table's life", path); }
  status note(const error& e);

  file_system* files_;
  std::optional<error> failure_;
  digest written_;
  std::uint64_t written_bytes_ = 0;
};

}  // namespace leat
