#pragma once

#include <memory>
#include <string>

#include <leat/core/file_system.hpp>

namespace leat {

/// Starts a new file of the operating system; appends are gathered to 64 KiB.
[[nodiscard]] result<std::unique_ptr<writable_file>> create_posix_file(const std::string& path);

/// Opens a file of the operating system for reading.
[[nodiscard]] result<std::unique_ptr<readable_file>> open_posix_file(const std::string& path);

}  // namespace leat
