#include <leat/state/checkpoint_store.hpp>

#include <leat/core/assert.hpp>
#include <leat/core/key_group.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "checkpoint_files.hpp"
#include "chunk_table.hpp"
#include "directory_checkpoint.hpp"
#include "store_directory.hpp"

namespace leat {
namespace {

/// When changes weigh more than this many times the last full checkpoint, a restore reads mostly
/// what is outdated.
constexpr std::uint64_t chain_factor = 2;
/// Small state does not start again and again because of the files' own overhead.
constexpr std::uint64_t chain_allowance_bytes = std::uint64_t{4} << 20;
/// Every table is a file to open and to verify at a restore.
constexpr std::size_t chain_tables_max = 64;

std::string name_of(checkpoint_id id) { return "checkpoint " + std::to_string(id.value()); }

/// Whether an error says that this one checkpoint is unusable, and not that none can be read at
/// present.
bool is_damage(const error& e) { return e.code == errc::corrupt || e.code == errc::not_found; }

/// Tables that were verified already, by name, size and checksum, so that checkpoints which share one
/// read it once.
using verdicts = std::map<std::tuple<std::string, std::uint64_t, std::string>, result<void>>;

class directory_checkpoint_store final : public checkpoint_store {
 public:
  directory_checkpoint_store(std::unique_ptr<store_directory> directory, checkpoint_store_options options)
      : directory_(std::move(directory)), options_(std::move(options)) {}

  const std::string& application() const override { return directory_->application(); }
  const std::vector<std::string>& warnings() const override { return directory_->warnings(); }

  result<std::unique_ptr<checkpoint_writer>> begin(const checkpoint_info& info) override;
  bool needs_full() const override;
  std::uint64_t full_bytes() const override { return base_ ? base_->tables.front().size_bytes : 0; }
  std::uint64_t chain_bytes() const override { return base_ ? base_->size_bytes() - full_bytes() : 0; }

  result<std::vector<listed_checkpoint>> list() override;
  result<std::unique_ptr<loaded_checkpoint>> load_latest() override;
  result<std::unique_ptr<loaded_checkpoint>> load(checkpoint_id id) override;

  // For the writer:
  store_directory& directory() { return *directory_; }
  /// The attempt came to an end, in vain unless `completed` follows.
  void end_attempt() { attempt_open_ = false; }
  /// The checkpoint is durable. Returns what went wrong in the cleaning up behind it.
  std::vector<std::string> completed(checkpoint_manifest manifest);
  /// Takes back a checkpoint that may have been published. Errors: it may still be there; the store
  /// tries again before it does anything else.
  result<void> retract(checkpoint_id id);

 private:
  result<open_tables> usable(checkpoint_id id, const result<checkpoint_manifest>& manifest, verdicts& known);
  result<open_tables> verify_and_open(const checkpoint_manifest& manifest, verdicts& known);
  error nothing_intact(const std::vector<skipped_checkpoint>& skipped, const directory_survey& found) const;
  result<void> retract_failed();
  std::vector<std::string> drop_replaced();

  std::unique_ptr<store_directory> directory_;
  checkpoint_store_options options_;
  std::optional<checkpoint_manifest> base_;  ///< what the next checkpoint of changes builds on
  bool attempt_open_ = false;
  bool attempt_lost_ = false;                ///< the last attempt did not complete
  std::optional<checkpoint_id> to_retract_;  ///< failed in publishing, and may still be there
  std::set<checkpoint_id> damaged_;          ///< found so by this process
};

class directory_writer final : public checkpoint_writer {
 public:
  directory_writer(directory_checkpoint_store& store, checkpoint_manifest manifest,
                   std::unique_ptr<chunk_table_writer> table)
      : store_(&store), manifest_(std::move(manifest)), table_(std::move(table)) {}

  ~directory_writer() override { directory_writer::abandon(); }

  checkpoint_id id() const override { return manifest_.id; }
  result<void> add(const snapshot_chunk& chunk) override;
  result<checkpoint_summary> commit(std::vector<stored_operator> operators, bool finished) override;
  void abandon() override;

 private:
  result<void> make_durable();

  directory_checkpoint_store* store_;
  checkpoint_manifest manifest_;
  std::unique_ptr<chunk_table_writer> table_;  ///< null once committed or abandoned
  std::optional<error> failure_;
  bool publishing_ = false;  ///< the manifest may stand under its own name
};

result<void> directory_writer::add(const snapshot_chunk& chunk) {
  LEAT_ASSERT(table_, "a chunk for a checkpoint that has ended");
  if (failure_) return *failure_;
  auto added = table_->add(chunk);
  if (!added) failure_ = added.error();
  return added;
}

result<checkpoint_summary> directory_writer::commit(std::vector<stored_operator> operators, bool finished) {
  LEAT_ASSERT(table_, "a checkpoint ends once");
  manifest_.operators = std::move(operators);
  manifest_.finished = finished;
  if (auto done = failure_ ? result<void>{*failure_} : make_durable(); !done) {
    abandon();
    return std::move(done).error();
  }
  table_.reset();
  store_->end_attempt();
  checkpoint_summary summary{.id = manifest_.id,
                             .bytes_new = manifest_.tables.back().size_bytes,
                             .bytes_total = manifest_.size_bytes(),
                             .tables = manifest_.tables.size(),
                             .path = join_path(store_->directory().checkpoints(), manifest_name(manifest_.id)),
                             .warnings = {}};
  summary.warnings = store_->completed(std::move(manifest_));
  return summary;
}

result<void> directory_writer::make_durable() {
  LEAT_TRY(table, table_->finish(manifest_.operators));
  manifest_.tables.push_back(std::move(table));
  LEAT_CHECK(store_->directory().stage(manifest_));
  publishing_ = true;
  return store_->directory().publish(manifest_.id);
}

void directory_writer::abandon() {
  if (!table_) return;
  table_.reset();
  store_->end_attempt();
  const checkpoint_id id = manifest_.id;
  // As long as the manifest may be there, its table has to stay.
  if (publishing_ && !store_->retract(id)) return;
  // What cannot be removed now is cleaned up by a later process.
  auto& directory = store_->directory();
  static_cast<void>(directory.remove(manifest_name(id) + std::string{unfinished_suffix}));
  static_cast<void>(directory.remove(table_name(id)));
}

result<std::unique_ptr<checkpoint_writer>> directory_checkpoint_store::begin(const checkpoint_info& info) {
  LEAT_ASSERT(options_.access == store_access::read_write, "this store was opened for reading");
  LEAT_ASSERT(!attempt_open_, "one checkpoint at a time");
  const bool full = info.kind == snapshot_kind::full;
  LEAT_ASSERT(full || (base_ && !attempt_lost_), "there is nothing that changes could build on");
  LEAT_ASSERT(1 <= info.max_parallelism && info.max_parallelism <= key_group_limit, "not a max parallelism");
  attempt_lost_ = true;
  if (!full && info.max_parallelism != base_->max_parallelism)
    return error{errc::incompatible, "changes with max parallelism " + std::to_string(info.max_parallelism) +
                                         " cannot build on " + name_of(base_->id) + ", which has " +
                                         std::to_string(base_->max_parallelism)};
  LEAT_CHECK(retract_failed());
  LEAT_TRY(id, directory_->take_number());
  checkpoint_manifest manifest{.application = directory_->application(),
                               .id = id,
                               .epoch = info.epoch,
                               .kind = info.kind,
                               .created = info.created,
                               .max_parallelism = info.max_parallelism,
                               .finished = false,
                               .operators = {},
                               .tables = full ? std::vector<table_file>{} : base_->tables};
  auto table = chunk_table_writer::create(directory_->files(), directory_->checkpoints(), id);
  if (!table) {
    static_cast<void>(directory_->remove(table_name(id)));
    return std::move(table).error();
  }
  attempt_open_ = true;
  return std::unique_ptr<checkpoint_writer>{new directory_writer{*this, std::move(manifest), std::move(*table)}};
}

bool directory_checkpoint_store::needs_full() const {
  return !base_ || attempt_lost_ || base_->tables.size() >= chain_tables_max ||
         chain_bytes() >= chain_factor * full_bytes() + chain_allowance_bytes;
}

std::vector<std::string> directory_checkpoint_store::completed(checkpoint_manifest manifest) {
  std::vector<std::string> warnings;
  if (auto noted = directory_->note_completed(manifest.id); !noted) warnings.push_back(noted.error().detail);
  base_ = std::move(manifest);
  attempt_lost_ = false;
  for (auto& w : drop_replaced()) warnings.push_back(std::move(w));
  return warnings;
}

result<void> directory_checkpoint_store::retract(checkpoint_id id) {
  to_retract_ = id;
  return retract_failed();
}

/// Undoes a publishing that failed half-way. Until that succeeds nobody can say which checkpoint is
/// the newest.
result<void> directory_checkpoint_store::retract_failed() {
  if (!to_retract_) return {};
  if (auto gone = directory_->retract(*to_retract_); !gone)
    return error{gone.error().code,
                 name_of(*to_retract_) + " failed, and its manifest cannot be removed: " + gone.error().detail};
  to_retract_.reset();
  return {};
}

/// Removes checkpoints that newer ones replace. A manifest goes one checkpoint before the tables
/// that only it refers to, so that its removal is on disk by then; otherwise a loss of power could
/// bring it back without them.
std::vector<std::string> directory_checkpoint_store::drop_replaced() {
  const auto found = directory_->survey();
  if (!found) return {found.error().detail};
  std::size_t kept = 0;
  checkpoint_id oldest;
  for (auto m = found->manifests.rbegin(); m != found->manifests.rend() && kept < options_.retained; ++m)
    if (m->second && !damaged_.contains(m->first) && !directory_->is_passed_over(m->first) &&
        found->complete(*m->second)) {
      ++kept;
      oldest = m->first;
    }
  std::vector<std::string> names;
  for (const auto id : found->unreferenced_tables()) names.push_back(table_name(id));
  for (const auto& [id, manifest] : found->manifests)
    if (kept == options_.retained && id < oldest) names.push_back(manifest_name(id));
  std::vector<std::string> warnings;
  for (const auto& name : names)
    if (auto removed = directory_->remove(name); !removed) warnings.push_back(removed.error().detail);
  return warnings;
}

/// Opens a checkpoint that may be restored; or says why it may not.
result<open_tables> directory_checkpoint_store::usable(checkpoint_id id, const result<checkpoint_manifest>& manifest,
                                                       verdicts& known) {
  if (!manifest) return manifest.error();
  if (directory_->is_passed_over(id))
    return error{errc::corrupt, join_path(directory_->checkpoints(), manifest_name(id)) +
                                    ": was passed over by an earlier restore, after which its output was taken back"};
  return verify_and_open(*manifest, known);
}

/// Verifies every table of a checkpoint before RocksDB sees the first.
result<open_tables> directory_checkpoint_store::verify_and_open(const checkpoint_manifest& manifest, verdicts& known) {
  for (const auto& t : manifest.tables) {
    const std::tuple claim{t.name, t.size_bytes, t.digest};  // all of it: another manifest may claim a different size
    auto verdict = known.find(claim);
    if (verdict == known.end())
      verdict = known.emplace(claim, verify_table(directory_->files(), directory_->checkpoints(), t)).first;
    if (!verdict->second) return verdict->second.error();
  }
  open_tables readers;
  for (const auto& t : manifest.tables) {
    LEAT_TRY(reader, chunk_table_reader::open(directory_->files(), directory_->checkpoints(), t));
    readers.push_back(std::move(reader));
  }
  return readers;
}

result<std::vector<listed_checkpoint>> directory_checkpoint_store::list() {
  LEAT_CHECK(retract_failed());
  LEAT_TRY(found, directory_->survey());
  std::vector<listed_checkpoint> all;
  verdicts known;
  for (const auto& [id, manifest] : found.manifests) {
    listed_checkpoint& entry = all.emplace_back(listed_checkpoint{id, {}, {}});
    if (manifest) entry.manifest = *manifest;
    if (const auto tables = usable(id, manifest, known); !tables) entry.fault = tables.error();
  }
  return all;
}

error directory_checkpoint_store::nothing_intact(const std::vector<skipped_checkpoint>& skipped,
                                                 const directory_survey& found) const {
  std::string detail = directory_->checkpoints() + ": checkpoints were completed here, but none is intact";
  for (const auto& s : skipped) detail += "; " + name_of(s.id) + ": " + s.reason;
  if (skipped.empty()) detail += ": there is no manifest, and " + std::to_string(found.tables.size()) + " tables";
  return {errc::corrupt,
          detail + "; bring the files back from a copy, or move the directory away to start without state"};
}

result<std::unique_ptr<loaded_checkpoint>> directory_checkpoint_store::load_latest() {
  LEAT_ASSERT(!attempt_open_, "a checkpoint is being written");
  LEAT_CHECK(retract_failed());
  LEAT_TRY(found, directory_->survey());
  std::vector<skipped_checkpoint> skipped;
  verdicts known;
  for (auto m = found.manifests.rbegin(); m != found.manifests.rend(); ++m) {
    auto tables = usable(m->first, m->second, known);
    if (tables) {
      LEAT_CHECK(directory_->pass_over_after(m->first));
      base_ = *m->second;
      attempt_lost_ = false;
      return std::unique_ptr<loaded_checkpoint>{
          new directory_checkpoint{*base_, std::move(*tables), std::move(skipped)}};
    }
    if (!is_damage(tables.error())) return std::move(tables).error();
    damaged_.insert(m->first);
    skipped.push_back({m->first, tables.error().detail});
  }
  if (!skipped.empty() || directory_->ever_completed()) return nothing_intact(skipped, found);
  return std::unique_ptr<loaded_checkpoint>{};
}

result<std::unique_ptr<loaded_checkpoint>> directory_checkpoint_store::load(checkpoint_id id) {
  LEAT_ASSERT(!attempt_open_, "a checkpoint is being written");
  LEAT_CHECK(retract_failed());
  LEAT_TRY(found, directory_->survey());
  const auto m = found.manifests.find(id);
  if (m == found.manifests.end()) {
    std::string there;
    for (const auto& entry : found.manifests) there += ' ' + std::to_string(entry.first.value());
    return error{errc::not_found, directory_->checkpoints() + ": no " + name_of(id) +
                                      (there.empty() ? "; there is none at all" : "; there are" + there)};
  }
  if (!m->second) return m->second.error();
  verdicts known;
  LEAT_TRY(tables, verify_and_open(*m->second, known));
  base_ = *m->second;
  attempt_lost_ = false;
  return std::unique_ptr<loaded_checkpoint>{new directory_checkpoint{*base_, std::move(tables), {}}};
}

}  // namespace

result<std::unique_ptr<checkpoint_store>> open_checkpoint_store(file_system& files, checkpoint_store_options options) {
  if (options.retained == 0) return error{errc::invalid_argument, "at least one checkpoint must be retained"};
  LEAT_TRY(directory, store_directory::open(files, options));
  return std::unique_ptr<checkpoint_store>{new directory_checkpoint_store{std::move(directory), std::move(options)}};
}

}  // namespace leat
