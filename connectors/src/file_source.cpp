#include <leat/connectors/file_source.hpp>

#include <fmt/format.h>

#include <leat/connectors/byte_stream.hpp>

#include "file_range.hpp"

namespace leat {
namespace {

using suffixes = std::initializer_list<std::string_view>;

bool wanted(std::string_view name, suffixes allowed) {
  if (name.starts_with('.')) return false;
  if (allowed.size() == 0) return true;
  const auto kind = compression_of(name);
  if (kind != compression::none) name = name.substr(0, name.rfind('.'));
  return std::any_of(allowed.begin(), allowed.end(), [name](std::string_view s) { return name.ends_with(s); });
}

std::string alternatives(suffixes allowed) {
  return fmt::format("*{}, plain or with .gz or .zst", fmt::join(allowed, ", *"));
}

/// The first range holds the byte order mark and the byte after it, where the first row begins.
constexpr std::uint64_t split_size_min_bytes = 4;

void add_file(std::vector<source_split>& to, const file_source_options& options, const std::string& path,
              std::uint64_t size) {
  const auto step = std::max(options.split_size_bytes, split_size_min_bytes);
  const bool divide = options.division == file_division::by_range && options.order == reading_order::any &&
                      compression_of(path) == compression::none && size > step;
  if (!divide) return to.push_back({formats::file_range{path, 0, formats::file_range::no_end}.id()});
  // Also the last range is of full length: its name, and so its stored position, survives the file's growth.
  for (std::uint64_t begin = 0; begin < size; begin += step)
    to.push_back({formats::file_range{path, begin, begin + step}.id()});
}

}  // namespace

result<std::vector<source_split>> list_file_splits(const connector_context& context, const file_source_options& options,
                                                   suffixes allowed) {
  file_system& files = *context.files;
  std::vector<source_split> found;
  if (!files.exists(options.path))
    return error{errc::not_found, fmt::format("{}: there is no such file or directory", options.path)};
  if (!files.is_directory(options.path)) {
    LEAT_TRY(size, files.size(options.path));
    add_file(found, options, options.path, size);
    return found;
  }
  LEAT_TRY(entries, files.list(options.path));
  std::string other;
  for (const auto& entry : entries) {
    if (entry.directory || entry.name.starts_with('.')) continue;
    if (wanted(entry.name, allowed))
      add_file(found, options, join_path(options.path, entry.name), entry.size_bytes);
    else if (other.empty())
      other = entry.name;
  }
  if (found.empty() && !other.empty())
    return error{errc::not_found,
                 fmt::format("{}: no file is called {} (there is \"{}\")", options.path, alternatives(allowed), other)};
  return found;
}

}  // namespace leat
