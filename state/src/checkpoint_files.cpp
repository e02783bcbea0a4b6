#include "checkpoint_files.hpp"

#include <charconv>

namespace leat {
namespace {

constexpr std::string_view prefix = "chk-";
constexpr std::string_view table_suffix = ".sst";
constexpr std::string_view manifest_suffix = ".manifest";
constexpr std::size_t digits_min = 10;
/// Larger numbers are none of ours; so adding to a number that was found never overflows.
constexpr std::uint64_t number_max = std::uint64_t{1} << 62;

std::string numbered(checkpoint_id id, std::string_view suffix) {
  std::string digits = std::to_string(id.value());
  if (digits.size() < digits_min) digits.insert(0, digits_min - digits.size(), '0');
  return std::string{prefix} + digits + std::string{suffix};
}

}  // namespace

std::string table_name(checkpoint_id id) { return numbered(id, table_suffix); }

std::string manifest_name(checkpoint_id id) { return numbered(id, manifest_suffix); }

std::optional<checkpoint_file> parse_file_name(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
  if (failure != std::errc{} || number > number_max) return std::nullopt;
  const checkpoint_id id{number};
  if (name == table_name(id)) return checkpoint_file{checkpoint_file::kind::table, id};
  if (name == manifest_name(id)) return checkpoint_file{checkpoint_file::kind::manifest, id};
  if (name == manifest_name(id) + std::string{unfinished_suffix})
    return checkpoint_file{checkpoint_file::kind::unfinished_manifest, id};
  return std::nullopt;
}

}  // namespace leat
