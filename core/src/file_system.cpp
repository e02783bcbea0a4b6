#include <leat/core/file_system.hpp>

namespace leat {

result<std::string> file_system::read_all(const std::string& path) {
  constexpr std::size_t step = std::size_t{64} * 1024;
  LEAT_TRY(file, open(path));
  std::string bytes;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + step);
    LEAT_TRY(count, file->read(before, bytes.data() + before, step));
    bytes.resize(before + count);
    if (count < step) return bytes;
  }
}

std::string join_path(std::string_view directory, std::string_view name) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.remove_suffix(1);
  while (name.starts_with('/')) name.remove_prefix(1);
  std::string path{directory};
  if (!path.empty() && !path.ends_with('/') && !name.empty()) path += '/';
  return path.append(name);
}

}  // namespace leat
