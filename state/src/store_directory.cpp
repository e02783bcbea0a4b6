#include "store_directory.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "checkpoint_files.hpp"
#include "sealed_text.hpp"

namespace leat {
namespace {

// On disk: never changed.
constexpr std::string_view manifest_kind = "leat-manifest";
constexpr std::string_view identity_kind = "leat-state";
constexpr std::string_view identity_name = "leat-state";
constexpr std::string_view checkpoints_name = "checkpoints";

checkpoint_id plus(checkpoint_id id, std::uint64_t by) { return checkpoint_id{id.value() + by}; }

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

error belongs_to(const std::string& path, const std::string& owner, const std::string& asked) {
  return {errc::incompatible,
          path + ": belongs to application '" + owner + "', not to '" + asked + "'; use another state directory"};
}

error is_directory(const std::string& path) {
  return {errc::corrupt, path + ": is a directory where a file of the state belongs; move it away"};
}

}  // namespace

checkpoint_id directory_survey::highest() const {
  checkpoint_id high;
  if (!manifests.empty()) high = std::max(high, manifests.rbegin()->first);
  if (!tables.empty()) high = std::max(high, tables.rbegin()->first);
  for (const auto id : unfinished) high = std::max(high, id);
  return high;
}

std::vector<checkpoint_id> directory_survey::unreferenced_tables() const {
  std::set<checkpoint_id> referenced;
  checkpoint_id unreadable;
  for (const auto& [id, manifest] : manifests) {
    if (!manifest)
      unreadable = id;
    else
      for (const auto& t : manifest->tables) referenced.insert(t.checkpoint);
  }
  std::vector<checkpoint_id> found;
  for (const auto& [id, size] : tables)
    if (id > unreadable && !referenced.contains(id)) found.push_back(id);
  return found;
}

bool directory_survey::complete(const checkpoint_manifest& m) const {
  return std::all_of(m.tables.begin(), m.tables.end(), [this](const table_file& t) {
    const auto found = tables.find(t.checkpoint);
    return found != tables.end() && found->second == t.size_bytes;
  });
}

result<std::unique_ptr<store_directory>> store_directory::open(file_system& files,
                                                               const checkpoint_store_options& options) {
  std::unique_ptr<store_directory> d{new store_directory{files}};
  d->root_ = options.directory;
  while (d->root_.size() > 1 && d->root_.ends_with('/')) d->root_.pop_back();
  if (d->root_.empty()) return error{errc::invalid_argument, "a state directory needs a name"};
  d->checkpoints_ = join_path(d->root_, checkpoints_name);
  d->access_ = options.access;
  if (options.access == store_access::read_only) {
    if (!files.is_directory(d->checkpoints_))
      return error{errc::not_found, d->checkpoints_ + ": no such directory; there are no checkpoints"};
  } else {
    if (options.application.empty()) return error{errc::invalid_argument, "an application needs a name"};
    LEAT_CHECK(d->make_directories());
    LEAT_TRY(lock, files.lock(d->root_));
    d->lock_ = std::move(lock);
    LEAT_CHECK(files.sync_directory(d->root_));
    LEAT_CHECK(files.sync_directory(d->checkpoints_));
  }
  LEAT_CHECK(d->identify(options.application));
  d->clean();
  return d;
}

/// What stands in a directory may have been left there by a process that was killed before it could
/// sync: to be seen, but lost with the power. Whoever restores from a checkpoint relies on it, so
/// open() syncs the two directories of the store every time, and this one those above until there
/// is an identity file, which is written after all of them.
result<void> store_directory::make_directories() {
  const bool fresh = !files_->exists(identity_path());
  std::set<std::string> there;
  for (std::string p = root_; p != "." && p != "/"; p = parent_of(p))
    if (files_->is_directory(p)) there.insert(p);
  LEAT_CHECK(files_->create_directories(checkpoints_));
  for (std::string p = root_; fresh && p != "." && p != "/"; p = parent_of(p)) {
    auto synced = files_->sync_directory(parent_of(p));
    if (synced) continue;
    if (!there.contains(p)) return synced;
    warnings_.push_back(synced.error().detail);  // perhaps a directory that is not ours to open
  }
  return {};
}

std::string store_directory::identity_path() const { return join_path(root_, identity_name); }

/// Finds out whose directory it is and which numbers are used up.
result<void> store_directory::identify(const std::string& application) {
  if (files_->is_directory(identity_path())) return is_directory(identity_path());
  auto text = files_->read_all(identity_path());
  if (!text && text.error().code != errc::not_found) return std::move(text).error();
  if (text) {
    auto content = unseal(identity_kind, std::move(*text), identity_path());
    if (!content) return identify_by_manifests(application, content.error());
    LEAT_TRY(identity, identity_from_json(*content, identity_path()));
    identity_ = std::move(identity);
  }
  if (text && !application.empty() && application != identity_.application)
    return belongs_to(root_, identity_.application, application);
  LEAT_TRY(found, survey());
  if (!text) {
    if (found.highest() != checkpoint_id{})
      return identify_by_manifests(application, error{errc::corrupt, identity_path() + ": is missing"});
    identity_.application = application;
    return access_ == store_access::read_write ? write_identity() : result<void>{};
  }
  durable_ = std::max(identity_.last, found.highest());
  next_ = plus(durable_, 2);
  const bool any_readable =
      std::any_of(found.manifests.begin(), found.manifests.end(), [](const auto& m) { return m.second.has_value(); });
  if (any_readable && !identity_.completed) {  // it ended between a checkpoint and the note of it
    identity_.completed = true;
    identity_stale_ = true;
  }
  return {};
}

/// The identity file is lost; every intact manifest says the same, though.
result<void> store_directory::identify_by_manifests(const std::string& application, const error& why) {
  LEAT_TRY(found, survey());
  for (auto m = found.manifests.rbegin(); m != found.manifests.rend() && identity_.application.empty(); ++m)
    if (m->second) identity_.application = m->second->application;
  if (identity_.application.empty())
    return error{errc::corrupt, why.detail + ", and no readable manifest in " + checkpoints_ +
                                    " tells to which application this state belongs; bring the file back from a copy, "
                                    "or move the directory away to start without state"};
  if (!application.empty() && application != identity_.application)
    return belongs_to(root_, identity_.application, application);
  identity_.last = durable_ = found.highest();
  identity_.completed = true;
  next_ = plus(durable_, 2);
  warnings_.push_back(why.detail + "; taken from the newest readable manifest instead");
  return access_ == store_access::read_write ? write_identity() : result<void>{};
}

/// Removes what an earlier process left unfinished. Nothing depends on its success.
void store_directory::clean() {
  if (access_ == store_access::read_only) return;
  const auto found = survey();
  if (!found) return warnings_.push_back(found.error().detail);
  if (files_->exists(identity_path() + std::string{unfinished_suffix}))
    if (auto removed = files_->remove(identity_path() + std::string{unfinished_suffix}); !removed)
      warnings_.push_back(removed.error().detail);
  std::vector<std::string> names;
  for (const auto id : found->unfinished) names.push_back(manifest_name(id) + std::string{unfinished_suffix});
  // Where there were checkpoints and is no manifest, tables are all that is left for a repair.
  if (!found->manifests.empty() || !identity_.completed)
    for (const auto id : found->unreferenced_tables()) names.push_back(table_name(id));
  for (const auto& name : names)
    if (auto removed = remove(name); !removed) warnings_.push_back(removed.error().detail);
}

result<directory_survey> store_directory::survey() const {
  directory_survey found;
  LEAT_TRY(entries, files_->list(checkpoints_));
  for (const auto& entry : entries) {
    const auto file = parse_file_name(entry.name);
    if (!file) continue;
    if (entry.directory) return is_directory(join_path(checkpoints_, entry.name));
    switch (file->type) {
      case checkpoint_file::kind::table: found.tables.emplace(file->id, entry.size_bytes); break;
      case checkpoint_file::kind::unfinished_manifest: found.unfinished.push_back(file->id); break;
      case checkpoint_file::kind::manifest: {
        const auto opens = files_->open(join_path(checkpoints_, entry.name));
        if (!opens && opens.error().code != errc::not_found) return opens.error();
        found.manifests.emplace(file->id, read_manifest(file->id));
        break;
      }
    }
  }
  return found;
}

result<checkpoint_manifest> store_directory::read_manifest(checkpoint_id id) const {
  const std::string path = join_path(checkpoints_, manifest_name(id));
  auto text = files_->read_all(path);
  if (!text) return error{errc::corrupt, path + ": cannot be read: " + text.error().detail};
  LEAT_TRY(content, unseal(manifest_kind, std::move(*text), path));
  LEAT_TRY(manifest, manifest_from_json(content, path));
  if (manifest.id != id)
    return error{errc::corrupt, path + ": is the manifest of checkpoint " + std::to_string(manifest.id.value())};
  if (!identity_.application.empty() && manifest.application != identity_.application)
    return error{errc::corrupt, path + ": belongs to application '" + manifest.application + "'"};
  return std::move(manifest);
}

result<checkpoint_id> store_directory::take_number() {
  if (identity_stale_ || next_ > plus(durable_, 1)) {
    identity_.last = checkpoint_id{next_.value() - 1};
    LEAT_CHECK(write_identity());
    durable_ = identity_.last;
  }
  return std::exchange(next_, plus(next_, 1));
}

result<void> store_directory::stage(const checkpoint_manifest& manifest) {
  LEAT_TRY(content, to_json(manifest));
  const std::string path = join_path(checkpoints_, manifest_name(manifest.id)) + std::string{unfinished_suffix};
  return write_and_sync(path, seal(manifest_kind, content));
}

result<void> store_directory::publish(checkpoint_id id) {
  const std::string path = join_path(checkpoints_, manifest_name(id));
  LEAT_CHECK(files_->rename(path + std::string{unfinished_suffix}, path));
  LEAT_CHECK(files_->sync_directory(checkpoints_));
  durable_ = std::max(durable_, id);
  return {};
}

result<void> store_directory::retract(checkpoint_id id) {
  LEAT_CHECK(remove(manifest_name(id)));
  return files_->sync_directory(checkpoints_);
}

result<void> store_directory::pass_over_after(checkpoint_id restored) {
  if (access_ == store_access::read_only || durable_ <= restored) return {};
  auto& ranges = identity_.passed_over;
  if (!ranges.empty() && ranges.back().first == plus(restored, 1) && ranges.back().last == durable_) return {};
  LEAT_TRY(found, survey());
  const checkpoint_id oldest = found.manifests.empty() ? restored : found.manifests.begin()->first;
  std::erase_if(ranges, [&](const checkpoint_range& r) { return r.first > restored || r.last < oldest; });
  ranges.push_back({plus(restored, 1), durable_});
  return write_identity();
}

bool store_directory::is_passed_over(checkpoint_id id) const {
  return std::any_of(identity_.passed_over.begin(), identity_.passed_over.end(),
                     [id](const checkpoint_range& r) { return r.first <= id && id <= r.last; });
}

result<void> store_directory::note_completed(checkpoint_id id) {
  if (identity_.completed) return {};
  identity_.completed = true;
  identity_.last = id;
  return write_identity();
}

result<void> store_directory::remove(const std::string& name) {
  auto removed = files_->remove(join_path(checkpoints_, name));
  if (!removed && removed.error().code != errc::not_found) return removed;
  return {};
}

result<void> store_directory::write_identity() {
  identity_stale_ = true;
  LEAT_TRY(content, to_json(identity_));
  const std::string unfinished = identity_path() + std::string{unfinished_suffix};
  LEAT_CHECK(write_and_sync(unfinished, seal(identity_kind, content)));
  LEAT_CHECK(files_->rename(unfinished, identity_path()));
  LEAT_CHECK(files_->sync_directory(root_));
  identity_stale_ = false;
  return {};
}

result<void> store_directory::write_and_sync(const std::string& path, std::string_view bytes) {
  LEAT_TRY(file, files_->create(path));
  LEAT_CHECK(file->append(bytes));
  LEAT_CHECK(file->sync());
  return file->close();
}

}  // namespace leat
