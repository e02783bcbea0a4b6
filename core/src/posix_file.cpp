#include "posix_file.hpp"

#include "file_descriptor.hpp"
#include "posix_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

namespace leat {
namespace {

constexpr std::size_t buffer_size_bytes = std::size_t{64} * 1024;

/// After the first failure every call returns it again: pages that an fdatasync could not write are marked clean by
/// the kernel, so a second fdatasync would report a success that never was.
/// Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
class posix_writable_file final : public writable_file {
 public:
  posix_writable_file(std::string path, file_descriptor file) : path_(std::move(path)), file_(std::move(file)) {
    buffer_.reserve(buffer_size_bytes);
  }

  result<void> append(std::string_view bytes) override {
    LEAT_ASSERT(file_.valid(), "append after close");
    if (failure_) return *failure_;
    if (buffer_.size() + bytes.size() <= buffer_size_bytes) {
      buffer_.append(bytes);
      return {};
    }
    LEAT_CHECK(flush());
    if (bytes.size() >= buffer_size_bytes) return write(bytes);
    buffer_.append(bytes);
    return {};
  }

  result<void> sync() override {
    LEAT_ASSERT(file_.valid(), "sync after close");
    LEAT_CHECK(flush());
    if (without_interruption([this] { return ::fdatasync(file_.number()); }) == 0) return {};
    return fail("cannot sync " + path_, errno);
  }

  result<void> close() override {
    LEAT_ASSERT(file_.valid(), "close after close");
    LEAT_CHECK(flush());
    // On Linux the descriptor is gone even if close is interrupted, so it is not called again.
    if (::close(file_.release()) == 0 || errno == EINTR) return {};
    return fail("cannot close " + path_, errno);
  }

 private:
  result<void> flush() {
    LEAT_CHECK(write(buffer_));
    buffer_.clear();
    return {};
  }

  result<void> write(std::string_view bytes) {
    if (failure_) return *failure_;
    while (!bytes.empty()) {
      const ssize_t count = without_interruption([&] { return ::write(file_.number(), bytes.data(), bytes.size()); });
      if (count < 0) return fail("cannot write " + path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  error fail(const std::string& what, int system_error) {
    failure_ = posix_error(what, system_error);
    return *failure_;
  }

  std::string path_;
  file_descriptor file_;
  std::string buffer_;
  std::optional<error> failure_;
};

class posix_readable_file final : public readable_file {
 public:
  posix_readable_file(std::string path, file_descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  result<std::size_t> read(std::uint64_t offset, char* to, std::size_t size) override {
    std::size_t total = 0;
    while (total < size) {
      const auto at = static_cast<off_t>(offset + total);
      const ssize_t count = without_interruption([&] { return ::pread(file_.number(), to + total, size - total, at); });
      if (count < 0) return posix_error("cannot read " + path_, errno);
      if (count == 0) break;
      total += static_cast<std::size_t>(count);
    }
    return total;
  }

 private:
  std::string path_;
  file_descriptor file_;
};

}  // namespace

result<std::unique_ptr<writable_file>> create_posix_file(const std::string& path) {
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  file_descriptor file{without_interruption([&] { return ::open(path.c_str(), flags, 0666); })};
  if (!file.valid()) return posix_error("cannot create " + path, errno);
  return std::unique_ptr<writable_file>{std::make_unique<posix_writable_file>(path, std::move(file))};
}

result<std::unique_ptr<readable_file>> open_posix_file(const std::string& path) {
  file_descriptor file{without_interruption([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); })};
  if (!file.valid()) return posix_error("cannot open " + path, errno);
  struct stat about{};
  if (::fstat(file.number(), &about) != 0) return posix_error("cannot open " + path, errno);
  if (S_ISDIR(about.st_mode)) return error{errc::not_found, "cannot open " + path + ": it is a directory, not a file"};
  return std::unique_ptr<readable_file>{std::make_unique<posix_readable_file>(path, std::move(file))};
}

}  // namespace leat
