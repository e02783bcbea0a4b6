#pragma once

#include <string>

#include <leat/core/file_system.hpp>

namespace leat::formats {

/// Makes a directory with its parents so that it survives a loss of power.
result<void> make_durable_directory(file_system& files, const std::string& path);

}  // namespace leat::formats
