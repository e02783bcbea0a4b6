#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <leat/core/file_system.hpp>
#include <leat/core/random.hpp>

namespace leat {

/// A disk in memory that can fail like a real one, for tests and simulation.
///
/// It keeps exactly what the contract of file_system promises and nothing beyond it:
/// - what is appended can be read only after sync or close;
/// - what was not synced is lost with the power: the tail of a file behind its last sync, and every create, rename,
///   remove and new directory whose directory was not synced afterwards. A synced file whose directory entry was not
///   synced is lost; a removed or replaced file whose directory was not synced is back;
/// - creating a file over an existing one empties that one at once, as O_TRUNC does.
/// Use sync_all() at the end of a test's preparation.
///
/// Paths: "/a/b", "a/b" and "./a//b" are the same; the root needs no making.
/// Threading: all members, and the files it hands out, may be used from any thread.
/// Source of the idea: leveldb, db/fault_injection_test.cc.
class memory_file_system final : public file_system {
 public:
  memory_file_system();
  ~memory_file_system() override;

  result<std::unique_ptr<writable_file>> create(const std::string& path) override;
  result<std::unique_ptr<readable_file>> open(const std::string& path) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<void> remove(const std::string& path) override;
  result<void> create_directories(const std::string& path) override;
  result<void> sync_directory(const std::string& path) override;
  result<std::vector<directory_entry>> list(const std::string& path) override;
  result<std::uint64_t> size(const std::string& path) override;
  [[nodiscard]] bool exists(const std::string& path) override;
  [[nodiscard]] bool is_directory(const std::string& path) override;
  result<std::unique_ptr<directory_lock>> lock(const std::string& directory) override;

  /// The power fails and returns: only what was synced is left. Files and locks that were handed out before are dead:
  /// their calls return errc::io.
  void lose_power();
  /// The same, but each file keeps a random part of its unsynced tail, as disks do that were busy writing it.
  void lose_power(random& chance);
  /// Makes everything durable that there is now.
  void sync_all();

  /// Which of the coming writes fail. A write is an append, a sync, a close, a create, a rename, a remove, the making
  /// of directories or the sync of one.
  struct write_fault {
    std::uint64_t first = 1;  ///< 1: the very next one
    std::uint64_t count = 1;
    errc code = errc::io;  ///< io or no_space
    static constexpr std::uint64_t for_good = std::numeric_limits<std::uint64_t>::max();
  };
  /// Replaces an earlier fault. Of a failing append the first half of the bytes gets through; the
  /// other writes have no effect when they fail. A file whose append, sync or close failed stays failed.
  void inject(write_fault fault);
  /// Writes work again.
  void heal();
  /// Writes so far, those that failed included: run a test once, then again with a fault at each of its writes.
  [[nodiscard]] std::uint64_t writes() const;

 private:
  struct disk;
  std::shared_ptr<disk> disk_;
};

}  // namespace leat
