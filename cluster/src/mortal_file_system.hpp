#pragma once

#include <memory>
#include <string>

#include <leat/core/file_system.hpp>

namespace leat {

/// A file system as a process sees it that may be killed: after `die` nothing reaches the disk any more.
/// Ownership: borrows the file system beneath.   Threading: as the one beneath; `die` from the thread that uses it.
class mortal_file_system final : public file_system {
 public:
  explicit mortal_file_system(file_system& beneath) : beneath_(&beneath) {}

  void die() { *alive_ = false; }

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

 private:
  file_system* beneath_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat
