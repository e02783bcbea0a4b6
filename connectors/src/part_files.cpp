#include <leat/connectors/part_files.hpp>

#include <fmt/format.h>

#include <leat/core/log.hpp>

#include <charconv>
#include <utility>

#include "durable_directory.hpp"

namespace leat::formats {
namespace {

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// A decimal number of at least `digits` digits, zeros in front included.
template <class T>
bool take_number(std::string_view& text, std::size_t digits, T& to) {
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), to);
  const auto size = static_cast<std::size_t>(end - text.data());
  if (why != std::errc{} || size < digits) return false;
  text.remove_prefix(size);
  return true;
}

constexpr std::size_t writer_digits = 5;
constexpr std::size_t checkpoint_digits = 10;

}  // namespace

/// What a file name in the directory says.
struct part_files::part_name {
  enum class state { in_progress, pending, committed, superseded };
  state is = state::in_progress;
  std::uint32_t writer = 0;
  checkpoint_id checkpoint;

  static std::string committed(std::uint32_t writer, checkpoint_id id, std::string_view extension) {
    return fmt::format("part-{:0{}}-{:0{}}.{}", writer, writer_digits, id.value(), checkpoint_digits, extension);
  }
  static std::string pending(std::string_view committed) { return fmt::format(".{}.pending", committed); }
  static std::string superseded(std::string_view committed) { return fmt::format(".{}.superseded", committed); }

  /// Empty for files that are not this sink's.
  static std::optional<part_name> parse(std::string_view name, std::string_view extension) {
    part_name p;
    const bool hidden = take(name, ".");
    if (!take(name, "part-") || !take_number(name, writer_digits, p.writer)) return std::nullopt;
    std::uint64_t id = 0;
    const bool numbered = take(name, "-");
    if (numbered && !take_number(name, checkpoint_digits, id)) return std::nullopt;
    p.checkpoint = checkpoint_id{id};
    if (!take(name, ".") || !take(name, extension)) return std::nullopt;
    if (!hidden && numbered && name.empty()) return p.is = state::committed, p;
    if (hidden && numbered && name == ".pending") return p.is = state::pending, p;
    if (hidden && numbered && name == ".superseded") return p.is = state::superseded, p;
    if (hidden && !numbered && name == ".inprogress") return p;
    return std::nullopt;
  }
};

part_files::part_files(const connector_context& context, std::string directory, std::string extension)
    : files_(context.files),
      uid_(context.uid),
      subtask_(context.subtask.value()),
      parallelism_(context.parallelism),
      directory_(std::move(directory)),
      extension_(std::move(extension)) {}

std::string part_files::path(std::string_view name) const { return join_path(directory_, name); }

std::string part_files::in_progress_name() const {
  return fmt::format(".part-{:0{}}.{}.inprogress", subtask_, writer_digits, extension_);
}

result<void> part_files::recover(std::optional<checkpoint_id> from, const std::vector<prepared_output>& prepared) {
  LEAT_CHECK(make_durable_directory(*files_, directory_));
  LEAT_TRY(before, files_->list(directory_));
  if (!from) LEAT_CHECK(require_no_committed(before));
  for (const auto& output : prepared) LEAT_CHECK(commit_name(output.token));
  LEAT_TRY(left, files_->list(directory_));
  for (const auto& entry : left) LEAT_CHECK(clean(entry.name, from));
  // Also if nothing was to do: an attempt that died may have done it without getting this far.
  return files_->sync_directory(directory_);
}

result<void> part_files::require_no_committed(const std::vector<directory_entry>& entries) const {
  for (const auto& entry : entries) {
    const auto name = part_name::parse(entry.name, extension_);
    if (name && name->is == part_name::state::committed)
      return error{errc::already_exists,
                   fmt::format("{}: {} starts without a checkpoint, but this directory holds output of an earlier job "
                               "({}): choose an empty directory, or go on with the state directory of that job",
                               directory_, uid_, entry.name)};
  }
  return {};
}

/// Deals with one entry left by earlier attempts; prepared files have been committed before.
result<void> part_files::clean(const std::string& entry, std::optional<checkpoint_id> from) {
  const auto name = part_name::parse(entry, extension_);
  if (!name || name->writer % parallelism_ != subtask_) return {};
  switch (name->is) {
    case part_name::state::superseded: return {};
    case part_name::state::committed:
      if (!from || name->checkpoint <= *from) return {};
      LEAT_CHECK(files_->rename(path(entry), path(part_name::superseded(entry))));
      ++superseded_;
      log(log_level::warning, uid_, "hid committed output of a checkpoint after the one that was restored",
          {{"file", path(entry)}, {"restored_checkpoint", from->value()}});
      return {};
    case part_name::state::in_progress:
    case part_name::state::pending: break;
  }
  return files_->remove(path(entry));
}

result<void> part_files::append(std::string_view header, std::string_view lines) {
  if (!file_) {
    LEAT_TRY(file, files_->create(path(in_progress_name())));
    file_ = std::move(file);
    LEAT_CHECK(file_->append(header));
  }
  return file_->append(lines);
}

result<std::string> part_files::prepare(checkpoint_id id) {
  if (!file_) return std::string{};
  LEAT_CHECK(file_->sync());
  LEAT_CHECK(file_->close());
  file_.reset();
  std::string token = part_name::committed(subtask_, id, extension_);
  LEAT_CHECK(files_->rename(path(in_progress_name()), path(part_name::pending(token))));
  LEAT_CHECK(files_->sync_directory(directory_));
  return token;
}

result<void> part_files::commit(const std::string& token) {
  LEAT_CHECK(commit_name(token));
  return files_->sync_directory(directory_);
}

/// Makes a prepared file visible, not yet for good; nothing if it is visible already.
result<void> part_files::commit_name(const std::string& name) {
  const auto parsed = part_name::parse(name, extension_);
  if (!parsed || parsed->is != part_name::state::committed)
    return error{errc::corrupt,
                 fmt::format("{}: \"{}\" is not the name of a part file, but is stored as one", uid_, name)};
  const std::string pending = path(part_name::pending(name));
  if (files_->exists(pending)) return files_->rename(pending, path(name));
  if (files_->exists(path(name))) return {};
  return error{errc::corrupt, fmt::format("{}: the prepared output {} is gone; neither it nor {} is there", uid_,
                                          pending, path(name))};
}

}  // namespace leat::formats
