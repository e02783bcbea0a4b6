#include "durable_directory.hpp"

#include <cstddef>

namespace leat::formats {
namespace {

/// Where the last name of a path begins; a path may end in slashes.
std::size_t last_name(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  const std::size_t slash = end == std::string::npos ? end : path.rfind('/', end);
  return slash == std::string::npos ? 0 : slash + 1;
}

}  // namespace

result<void> make_durable_directory(file_system& files, const std::string& path) {
  const std::size_t name = last_name(path);
  const std::string parent = name == 0 ? "." : path.substr(0, name);
  if (path.find_first_not_of('/') == std::string::npos || path == ".") return {};
  const bool there = files.is_directory(path);
  LEAT_CHECK(make_durable_directory(files, parent));
  if (!there) LEAT_CHECK(files.create_directories(path));
  auto synced = files.sync_directory(parent);
  // An earlier attempt may have died between the two. A parent that was there before may be closed to us, though.
  return there ? result<void>{} : synced;
}

}  // namespace leat::formats
