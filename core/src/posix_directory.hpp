#pragma once

#include <memory>
#include <string>
#include <vector>

#include <leat/core/file_system.hpp>

namespace leat {

/// Directories of the operating system; contracts as in file_system.
[[nodiscard]] result<void> create_posix_directories(const std::string& path);
[[nodiscard]] result<void> sync_posix_directory(const std::string& path);
[[nodiscard]] result<std::vector<directory_entry>> list_posix_directory(const std::string& path);

/// Locks the file "LOCK" in the directory, which holds the number of the owning process. The lock is the kernel's
/// (flock), so it ends with the process however that ends; the file stays and means nothing by itself.
[[nodiscard]] result<std::unique_ptr<directory_lock>> lock_posix_directory(const std::string& path);

}  // namespace leat
