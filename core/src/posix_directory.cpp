#include "posix_directory.hpp"

#include "file_descriptor.hpp"
#include "posix_error.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace leat {
namespace {

bool is_posix_directory(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

class posix_directory_lock final : public directory_lock {
 public:
  explicit posix_directory_lock(file_descriptor file) : file_(std::move(file)) {}

 private:
  file_descriptor file_;
};

/// The number that the holder wrote into the lock file; empty if there is none to be read.
std::string holder_of(const file_descriptor& lock_file) {
  char text[32];
  const ssize_t count = without_interruption([&] { return ::pread(lock_file.number(), text, sizeof text, 0); });
  std::string number{text, count > 0 ? static_cast<std::size_t>(count) : 0};
  number.erase(std::find_if(number.begin(), number.end(), [](char c) { return c < '0' || c > '9'; }), number.end());
  return number;
}

/// Helps people only, so a full disk does not stand in the way of the lock.
void write_holder(const file_descriptor& lock_file) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (without_interruption([&] { return ::ftruncate(lock_file.number(), 0); }) != 0) return;
  [[maybe_unused]] const ssize_t written =
      without_interruption([&] { return ::pwrite(lock_file.number(), text.data(), text.size(), 0); });
}

/// Closes the directory stream it was given.
struct close_directory {
  void operator()(DIR* d) const { ::closedir(d); }
};

result<directory_entry> describe(DIR* directory, const std::string& path, const char* name) {
  struct stat about{};
  const int number = ::dirfd(directory);
  const bool found = ::fstatat(number, name, &about, 0) == 0 ||
                     ::fstatat(number, name, &about, AT_SYMLINK_NOFOLLOW) == 0;  // a link that leads nowhere
  if (!found) return posix_error("cannot look at " + join_path(path, name), errno);
  return directory_entry{name, S_ISDIR(about.st_mode), static_cast<std::uint64_t>(about.st_size)};
}

}  // namespace

result<void> create_posix_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!part.empty() && ::mkdir(part.c_str(), 0777) != 0) {
      const int why = errno;
      if (why == EEXIST && !is_posix_directory(part))
        return error{errc::already_exists, "cannot create directory " + path + ": '" + part + "' is a file"};
      if (!is_posix_directory(part)) return posix_error("cannot create directory " + part, why);
    }
    if (end == std::string::npos) return {};
  }
}

result<void> sync_posix_directory(const std::string& path) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const file_descriptor directory{without_interruption([&] { return ::open(path.c_str(), flags); })};
  if (!directory.valid()) return posix_error("cannot open directory " + path, errno);
  if (without_interruption([&] { return ::fsync(directory.number()); }) == 0) return {};
  if (errno == EINVAL) return {};  // a file system whose directories need no sync says so
  return posix_error("cannot sync directory " + path, errno);
}

result<std::vector<directory_entry>> list_posix_directory(const std::string& path) {
  const std::unique_ptr<DIR, close_directory> directory{::opendir(path.c_str())};
  if (!directory) return posix_error("cannot list " + path, errno);
  std::vector<directory_entry> entries;
  for (;;) {
    errno = 0;
    const dirent* const e = ::readdir(directory.get());
    if (e == nullptr) break;
    const std::string_view name{e->d_name};
    if (name == "." || name == "..") continue;
    auto entry = describe(directory.get(), path, e->d_name);
    if (!entry && entry.error().code == errc::not_found) continue;  // removed since it was listed
    if (!entry) return std::move(entry).error();
    entries.push_back(*std::move(entry));
  }
  if (errno != 0) return posix_error("cannot list " + path, errno);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

result<std::unique_ptr<directory_lock>> lock_posix_directory(const std::string& path) {
  const std::string name = join_path(path, "LOCK");
  file_descriptor file{without_interruption([&] { return ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); })};
  if (!file.valid()) return posix_error("cannot create " + name, errno);
  if (without_interruption([&] { return ::flock(file.number(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) return posix_error("cannot lock " + name, errno);
    const std::string holder = holder_of(file);
    return error{errc::locked, path + " is in use by " + (holder.empty() ? "another process" : "process " + holder) +
                                   " (it holds " + name + "); stop that process or choose another directory"};
  }
  write_holder(file);
  return std::unique_ptr<directory_lock>{std::make_unique<posix_directory_lock>(std::move(file))};
}

}  // namespace leat
