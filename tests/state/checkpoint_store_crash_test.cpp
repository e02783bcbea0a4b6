#include <leat/core/random.hpp>
#include <leat/state/checkpoint_store.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <set>

#include "store_fixture.hpp"

using leat::errc;
using leat::memory_file_system;
using leat::snapshot_kind;
using store_fixture::chunk;
using store_fixture::info;
using store_fixture::keyed_operator;
using store_fixture::open;
using store_fixture::read;
using store_fixture::state_directory;
using store_fixture::take;
using store_fixture::texts;

namespace {

using content = std::map<std::string, std::string>;

/// What a user may count on, kept outside of the disk.
struct ledger {
  std::map<std::uint64_t, content> written;  ///< by number, whether it was completed or not
  std::uint64_t acknowledged = 0;            ///< the newest one that commit() reported as complete
  std::set<std::uint64_t> refused;           ///< commit() failed, and the store went on afterwards
};

std::string to_text(const content& c) {
  std::string text;
  for (const auto& [k, v] : c) text += k + '=' + v + '\n';
  return text;
}

void apply(content& to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t middle = text.find('=', at);
    const std::size_t end = text.find('\n', middle);
    to[text.substr(at, middle - at)] = text.substr(middle + 1, end - middle - 1);
    at = end + 1;
  }
}

/// One life of a process: opens the store, restores, takes checkpoints until told to stop. What the
/// disk refuses is suffered: a failed checkpoint is followed by a full one, or by a restore within
/// the process.
class process {
 public:
  process(memory_file_system& files, ledger& book, std::uint64_t seed) : files_(files), book_(book), chance_(seed) {}

  void run(int checkpoints) {
    auto opened =
        leat::open_checkpoint_store(files_, {.directory = state_directory, .application = "fraud", .retained = 2});
    if (!opened) return suffer(opened.error());
    auto store = std::move(*opened);
    if (!restore(*store)) return;
    for (int i = 0; i < checkpoints; ++i) {
      if (take_one(*store)) continue;
      if (chance_.below(2) == 0 && !restore(*store)) return;
    }
  }

  /// The first error the process saw.
  std::optional<leat::error> first_error;

 private:
  bool restore(leat::checkpoint_store& store) {
    auto loaded = store.load_latest();
    if (!loaded) return suffer(loaded.error()), false;
    book_.refused.merge(failed_);
    const std::uint64_t id = *loaded ? (*loaded)->manifest().id.value() : 0;
    CHECK(id >= book_.acknowledged);
    CHECK_FALSE(book_.refused.contains(id));
    content got;
    if (*loaded) {
      CHECK((*loaded)->skipped().empty());  // no crash may look like damage
      const auto all = read(**loaded);
      REQUIRE_MESSAGE(all.has_value(), all.error().message());
      for (const auto& c : *all) apply(got, c.bytes);
    }
    CHECK(got == book_.written[id]);
    state_ = std::move(got);
    changed_.clear();
    book_.acknowledged = id;  // whoever restores from it relies on it
    return true;
  }

  bool take_one(leat::checkpoint_store& store) {
    for (int n = 0; n < 3; ++n) {
      const std::string key = std::to_string(chance_.below(40));
      changed_[key] = std::to_string(chance_.next());
    }
    const auto kind = store.needs_full() || chance_.below(4) == 0 ? snapshot_kind::full : snapshot_kind::changes;
    auto writer = store.begin(info(kind));
    if (!writer) return suffer(writer.error()), false;
    book_.refused.merge(failed_);
    const std::uint64_t id = (*writer)->id().value();
    CHECK_FALSE(book_.written.contains(id));  // a number is used once
    changed_["position"] = std::to_string(id);
    for (const auto& [k, v] : changed_) state_[k] = v;
    book_.written[id] = state_;
    for (const auto& [k, v] : kind == snapshot_kind::full ? state_ : changed_)
      if (auto added = (*writer)->add(chunk("detector", 0, to_text({{k, v}}))); !added) suffer(added.error());
    const auto done = (*writer)->commit({keyed_operator("detector")}, false);
    if (!done) {
      suffer(done.error());
      failed_.insert(id);
      return false;
    }
    book_.acknowledged = id;
    changed_.clear();
    return true;
  }

  void suffer(const leat::error& e) {
    const bool names_file =
        e.detail.find(state_directory) != std::string::npos || e.detail.find(" . ") != std::string::npos;
    CHECK_MESSAGE((names_file || e.detail.find("directory .:") != std::string::npos), e.detail);
    if (!first_error) first_error = e;
  }

  memory_file_system& files_;
  ledger& book_;
  leat::random chance_;
  content state_;
  content changed_;
  std::set<std::uint64_t> failed_;  ///< commit() failed, and the store has done nothing since
};

enum class ending { kill, power_loss, power_loss_with_tails };

/// A process that stops for good at its `at`-th write. What it was told last may or may not be on
/// disk.
void crash(memory_file_system& files, ledger& book, std::uint64_t seed, std::uint64_t at, ending how) {
  const std::set<std::uint64_t> refused = book.refused;
  files.inject({.first = at, .count = memory_file_system::write_fault::for_good, .code = errc::io});
  process{files, book, seed}.run(5);
  files.heal();
  leat::random chance{seed};
  if (how == ending::power_loss) files.lose_power();
  if (how == ending::power_loss_with_tails) files.lose_power(chance);
  book.refused = refused;  // a dead process has refused nothing
}

/// How many writes a process makes that nothing disturbs.
std::uint64_t writes_of_a_life(std::uint64_t seed) {
  memory_file_system files;
  ledger book;
  process life{files, book, seed};
  life.run(5);
  CHECK_FALSE(life.first_error.has_value());
  return files.writes();
}

constexpr ending endings[] = {ending::kill, ending::power_loss, ending::power_loss_with_tails};

}  // namespace

TEST_CASE("a crash at any write loses no completed checkpoint") {
  const std::uint64_t writes = writes_of_a_life(1);
  CHECK(writes > 50);
  for (const ending how : endings)
    for (std::uint64_t at = 1; at <= writes; ++at) {
      CAPTURE(at);
      CAPTURE(static_cast<int>(how));
      memory_file_system files;
      ledger book;
      crash(files, book, 1, at, how);
      process next{files, book, at};
      next.run(5);  // checks what it restores
      CHECK_FALSE(next.first_error.has_value());
      CHECK(book.acknowledged > 0);
    }
}

TEST_CASE("crashes upon crashes lose no completed checkpoint") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    leat::random chance{seed};
    memory_file_system files;
    ledger book;
    for (std::uint64_t life = 0; life < 6; ++life)
      crash(files, book, chance.next(), 1 + chance.below(90), endings[chance.below(3)]);
    process last{files, book, seed};
    last.run(3);
    CHECK_FALSE(last.first_error.has_value());
  }
}

TEST_CASE("a disk that refuses some writes costs at most the checkpoints it refused") {
  const std::uint64_t writes = writes_of_a_life(2);
  for (const std::uint64_t count : {1U, 2U, 3U, 7U})
    for (const errc code : {errc::io, errc::no_space})
      for (std::uint64_t at = 1; at <= writes; ++at) {
        CAPTURE(at);
        CAPTURE(count);
        memory_file_system files;
        ledger book;
        files.inject({.first = at, .count = count, .code = code});
        process life{files, book, 2};
        life.run(12);
        if (life.first_error) CHECK(life.first_error->code == code);
        files.heal();
        if (at % 2 == 0) files.lose_power();
        process next{files, book, at};
        next.run(3);
        CHECK_FALSE(next.first_error.has_value());
      }
}

TEST_CASE("a full disk is told apart, and the checkpoint before it stands") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, "before")}).has_value());
  files.inject({.first = 2, .count = memory_file_system::write_fault::for_good, .code = errc::no_space});
  const auto failed = take(*store, snapshot_kind::changes, {chunk("detector", 0, std::string(3'000'000, 'x'))});
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code == errc::no_space);
  CHECK(failed.error().detail.find("chk-0000000002.sst") != std::string::npos);
  auto loaded = store->load_latest();
  REQUIRE(loaded.has_value());
  CHECK(texts(**loaded) == "before");
  files.heal();
  REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, "after")}).has_value());
  loaded = store->load_latest();
  CHECK(texts(**loaded) == "after");
}

TEST_CASE("abandoning a checkpoint whose commit failed does nothing more") {
  memory_file_system files;
  auto store = open(files);
  for (const errc code : {errc::io, errc::no_space}) {
    auto writer = store->begin(info(snapshot_kind::full));
    REQUIRE(writer.has_value());
    files.inject({.first = 1, .count = 2, .code = code});
    CHECK((*writer)->commit({}, false).error().code == code);
    files.heal();
    const std::uint64_t writes = files.writes();
    (*writer)->abandon();
    writer->reset();
    CHECK(files.writes() == writes);
  }
  auto writer = store->begin(info(snapshot_kind::full));
  REQUIRE((*writer)->commit({}, false).has_value());
  (*writer)->abandon();
  CHECK((*store->load_latest())->manifest().id == (*writer)->id());
}

TEST_CASE("a checkpoint whose manifest cannot be taken back stops the store until it can") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, "before")}).has_value());
  const std::uint64_t before = files.writes();
  REQUIRE(take(*store, snapshot_kind::changes, {}).has_value());
  const std::uint64_t sync_directory = files.writes() - before;  // nothing is dropped yet, so it is the last write
  files.inject({.first = sync_directory, .count = memory_file_system::write_fault::for_good, .code = errc::io});
  CHECK_FALSE(take(*store, snapshot_kind::changes, {}).has_value());
  CHECK(files.exists("state/checkpoints/chk-0000000003.manifest"));
  CHECK_FALSE(store->begin(info(snapshot_kind::full)).has_value());
  CHECK_FALSE(store->load_latest().has_value());
  CHECK_FALSE(store->list().has_value());
  files.heal();
  auto loaded = store->load_latest();
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message());
  CHECK((*loaded)->manifest().id == leat::checkpoint_id{2});
  CHECK(files.exists("state/checkpoints/chk-0000000002.manifest"));
  CHECK_FALSE(files.exists("state/checkpoints/chk-0000000003.manifest"));
}
