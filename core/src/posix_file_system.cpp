#include <leat/core/file_system.hpp>

#include "posix_directory.hpp"
#include "posix_error.hpp"
#include "posix_file.hpp"

#include <sys/stat.h>

#include <cstdio>

namespace leat {
namespace {

class host_file_system final : public file_system {
 public:
  result<std::unique_ptr<writable_file>> create(const std::string& path) override { return create_posix_file(path); }
  result<std::unique_ptr<readable_file>> open(const std::string& path) override { return open_posix_file(path); }

  result<void> rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) == 0) return {};
    return posix_error("cannot rename " + from + " to " + to, errno);
  }

  result<void> remove(const std::string& path) override {
    if (std::remove(path.c_str()) == 0) return {};
    return posix_error("cannot remove " + path, errno);
  }

  result<void> create_directories(const std::string& path) override { return create_posix_directories(path); }
  result<void> sync_directory(const std::string& path) override { return sync_posix_directory(path); }
  result<std::vector<directory_entry>> list(const std::string& path) override { return list_posix_directory(path); }

  result<std::uint64_t> size(const std::string& path) override {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) return posix_error("cannot look at " + path, errno);
    if (S_ISDIR(about.st_mode)) return error{errc::not_found, path + " is a directory, not a file"};
    return static_cast<std::uint64_t>(about.st_size);
  }

  [[nodiscard]] bool exists(const std::string& path) override {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0;
  }

  [[nodiscard]] bool is_directory(const std::string& path) override {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
  }

  result<std::unique_ptr<directory_lock>> lock(const std::string& directory) override {
    return lock_posix_directory(directory);
  }
};

}  // namespace

file_system& posix_file_system() {
  static host_file_system the_file_system;
  return the_file_system;
}

}  // namespace leat
