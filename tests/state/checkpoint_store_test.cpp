#include <leat/state/checkpoint_store.hpp>

#include <doctest/doctest.h>

#include <filesystem>

#include <unistd.h>

#include "store_fixture.hpp"

using leat::checkpoint_id;
using leat::chunk_kind;
using leat::errc;
using leat::memory_file_system;
using leat::snapshot_kind;
using store_fixture::chunk;
using store_fixture::info;
using store_fixture::integer_schema;
using store_fixture::keyed_operator;
using store_fixture::open;
using store_fixture::read;
using store_fixture::take;
using store_fixture::texts;

namespace {

std::vector<std::string> names_in(leat::file_system& files, const std::string& directory) {
  std::vector<std::string> names;
  const auto entries = files.list(directory);
  REQUIRE(entries.has_value());
  for (const auto& e : *entries) names.push_back(e.name);
  return names;
}

std::string read_file(leat::file_system& files, const std::string& path) {
  auto bytes = files.read_all(path);
  REQUIRE_MESSAGE(bytes.has_value(), bytes.error().message());
  return *bytes;
}

void write_file(leat::file_system& files, const std::string& path, std::string_view bytes) {
  auto file = files.create(path);
  REQUIRE(file.has_value());
  REQUIRE((*file)->append(bytes).has_value());
  REQUIRE((*file)->close().has_value());
}

/// A directory of the host that goes away with the test.
struct host_directory {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("leat-store-test-" + std::to_string(::getpid()));
  host_directory() { std::filesystem::remove_all(path); }
  ~host_directory() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("a checkpoint gives back its chunks, in order, and what was said about it") {
  memory_file_system files;
  const std::vector<leat::stored_operator> operators{
      {{"payments", {}, {}}, 1},
      {{"detector",
        leat::schema{
            leat::schema::kind::record,
            {},
            0,
            {{leat::schema::kind::string, "name", 0, {}}, {leat::schema::kind::unsigned_integer, "card", 32, {}}}},
        {{"small-seen", "value", {leat::schema::kind::boolean, {}, 0, {}}},
         {"history", "list", {leat::schema::kind::optional, {}, 0, {integer_schema()}}}}},
       4}};
  std::vector<leat::snapshot_chunk> chunks{chunk("payments", 0, "position", chunk_kind::operator_state),
                                           chunk("detector", 1, std::string(leat::chunk_size_bytes, 'x')),
                                           chunk("detector", 0, ""),
                                           chunk("detector", 1, std::string(3'000'000, '\0'))};
  for (int i = 0; i < 500; ++i) chunks.push_back(chunk("detector", 1, "small " + std::to_string(i)));
  {
    auto store = open(files);
    CHECK(store->needs_full());
    auto writer = store->begin({.kind = snapshot_kind::full,
                                .epoch = leat::epoch{7},
                                .created = leat::processing_time{-5},
                                .max_parallelism = 256});
    REQUIRE(writer.has_value());
    CHECK((*writer)->id() == checkpoint_id{1});
    for (const auto& c : chunks) REQUIRE((*writer)->add(c).has_value());
    auto done = (*writer)->commit(operators, true);
    REQUIRE_MESSAGE(done.has_value(), done.error().message());
    CHECK(done->id == checkpoint_id{1});
    CHECK(done->bytes_new > 4'000'000);
    CHECK(done->bytes_total == done->bytes_new);
    CHECK(done->tables == 1);
    CHECK(done->path == "state/checkpoints/chk-0000000001.manifest");
    CHECK(done->warnings.empty());
    CHECK_FALSE(store->needs_full());
  }
  auto store = open(files);
  CHECK(store->warnings().empty());
  auto loaded = store->load_latest();
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message());
  REQUIRE(*loaded != nullptr);
  const auto& m = (*loaded)->manifest();
  CHECK(m.application == "fraud");
  CHECK(m.id == checkpoint_id{1});
  CHECK(m.epoch == leat::epoch{7});
  CHECK(m.kind == snapshot_kind::full);
  CHECK(m.created == leat::processing_time{-5});
  CHECK(m.max_parallelism == 256);
  CHECK(m.finished);
  CHECK(m.operators == operators);
  CHECK((*loaded)->skipped().empty());
  std::size_t next = 0;
  const auto read_all = (*loaded)->for_each_chunk([&](const leat::snapshot_chunk& c, const leat::operator_schema& s) {
    REQUIRE(next < chunks.size());
    const auto& want = chunks[next++];
    CHECK(c.uid == want.uid);
    CHECK(c.subtask == want.subtask);
    CHECK(c.groups == want.groups);
    CHECK(c.kind == want.kind);
    CHECK((c.bytes == want.bytes));
    CHECK(s == (want.uid == "payments" ? operators[0] : operators[1]).schema);
    return leat::result<void>{};
  });
  CHECK_MESSAGE(read_all.has_value(), read_all.error().message());
  CHECK(next == chunks.size());
}

TEST_CASE("a fresh directory holds no checkpoint, one without chunks is a checkpoint") {
  memory_file_system files;
  auto store = open(files);
  auto none = store->load_latest();
  REQUIRE(none.has_value());
  CHECK(*none == nullptr);
  CHECK(store->load(checkpoint_id{1}).error().code == errc::not_found);
  REQUIRE(take(*store, snapshot_kind::full, {}, {}).has_value());
  auto loaded = store->load_latest();
  REQUIRE(loaded.has_value());
  CHECK(read(**loaded)->empty());
}

TEST_CASE("checkpoints of changes share the tables of those before them") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, "a"), chunk("detector", 1, "b")}).has_value());
  REQUIRE(take(*store, snapshot_kind::changes, {chunk("detector", 1, "c")}).has_value());
  const auto third = take(*store, snapshot_kind::changes, {chunk("detector", 0, "d")});
  REQUIRE(third.has_value());
  CHECK(third->tables == 3);
  CHECK(third->bytes_total == store->full_bytes() + store->chain_bytes());

  const std::vector<std::pair<std::uint64_t, std::string>> want{{1, "ab"}, {2, "abc"}, {3, "abcd"}};
  for (const auto& [id, all] : want) {
    auto one = store->load(checkpoint_id{id});
    REQUIRE(one.has_value());
    CHECK(texts(**one) == all);
  }
  store.reset();
  store = open(files);
  CHECK(store->needs_full());
  REQUIRE(store->load_latest().has_value());
  CHECK_FALSE(store->needs_full());
  const auto after_restart = take(*store, snapshot_kind::changes, {chunk("detector", 0, "e")});
  REQUIRE(after_restart.has_value());
  CHECK(after_restart->tables == 4);
}

TEST_CASE("of operator state only the newest counts, of keyed state the whole chain") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full,
               {chunk("detector", 0, "at 5", chunk_kind::operator_state), chunk("detector", 0, "key")})
              .has_value());
  REQUIRE(take(*store, snapshot_kind::changes, {chunk("detector", 0, "at 9", chunk_kind::operator_state)}).has_value());
  auto loaded = store->load_latest();
  const auto got = read(**loaded);
  REQUIRE(got->size() == 2);
  CHECK((*got)[0].bytes == "key");
  CHECK((*got)[1].bytes == "at 9");
}

TEST_CASE("each chunk comes with the schema it was written with") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(
      take(*store, snapshot_kind::full, {chunk("detector", 0, "a")}, {keyed_operator("detector", "old")}).has_value());
  REQUIRE(take(*store, snapshot_kind::changes, {chunk("detector", 0, "b")}, {keyed_operator("detector", "new")})
              .has_value());
  auto loaded = store->load_latest();
  CHECK((*loaded)->manifest().operators.front().schema.states.front().name == "new");
  const auto got = read(**loaded);
  REQUIRE(got->size() == 2);
  CHECK((*got)[0].state_name == "old");
  CHECK((*got)[1].state_name == "new");
}

TEST_CASE("an operator that left the application does not come back with its old state") {
  memory_file_system files;
  auto store = open(files);
  const auto a = keyed_operator("a");
  const auto b = keyed_operator("b");
  REQUIRE(take(*store, snapshot_kind::full, {chunk("a", 0, "a1"), chunk("b", 0, "b1")}, {a, b}).has_value());
  REQUIRE(take(*store, snapshot_kind::changes, {chunk("a", 0, "a2")}, {a}).has_value());
  REQUIRE(take(*store, snapshot_kind::changes, {chunk("b", 0, "b3")}, {b, a}).has_value());
  const std::vector<std::pair<std::uint64_t, std::string>> want{{1, "a1b1"}, {2, "a1a2"}, {3, "a1a2b3"}};
  for (const auto& [id, all] : want) {
    auto one = store->load(checkpoint_id{id});
    CHECK(texts(**one) == all);
  }
}

TEST_CASE("the last checkpoints are kept with every table they need, and nothing else") {
  memory_file_system files;
  auto store = open(files, 2);
  for (const auto kind : {snapshot_kind::full, snapshot_kind::changes, snapshot_kind::changes})
    REQUIRE(take(*store, kind, {chunk("detector", 0, "x")}).has_value());
  CHECK(names_in(files, "state/checkpoints") ==
        std::vector<std::string>{"chk-0000000001.sst", "chk-0000000002.manifest", "chk-0000000002.sst",
                                 "chk-0000000003.manifest", "chk-0000000003.sst"});
  for (int i = 0; i < 3; ++i) REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, "x")}).has_value());
  CHECK(names_in(files, "state/checkpoints") ==
        std::vector<std::string>{"chk-0000000004.sst", "chk-0000000005.manifest", "chk-0000000005.sst",
                                 "chk-0000000006.manifest", "chk-0000000006.sst"});
  store.reset();
  store = open(files, 2);  // opening clears the table that the last clean-up had to leave
  CHECK(names_in(files, "state/checkpoints") ==
        std::vector<std::string>{"chk-0000000005.manifest", "chk-0000000005.sst", "chk-0000000006.manifest",
                                 "chk-0000000006.sst"});
}

TEST_CASE("other people's files in the directory are left alone") {
  memory_file_system files;
  REQUIRE(open(files)->load_latest().has_value());
  const std::vector<std::string> theirs{
      "chk-1.sst",           "chk-0000000009.sst.bak",           "notes.txt",
      "chk-.manifest",       "chk-0000000002.sst.tmp",           "chk-99999999999999999999.sst",
      "chk-00000000003.sst", "chk-18446744073709551615.manifest"};
  for (const auto& name : theirs) write_file(files, "state/checkpoints/" + name, "x");
  auto store = open(files, 1);
  for (int i = 0; i < 4; ++i) REQUIRE(take(*store, snapshot_kind::full, {}, {}).has_value());
  for (const auto& name : theirs) CHECK_MESSAGE(files.exists("state/checkpoints/" + name), name);
}

TEST_CASE(
    "a full checkpoint is asked for when changes outgrow it, after a failure, and every 64 "
    "tables") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, std::string(1'000'000, 'f'))}).has_value());
  int changes = 0;
  for (; !store->needs_full(); ++changes)
    REQUIRE(take(*store, snapshot_kind::changes, {chunk("detector", 0, std::string(1'000'000, 'c'))}).has_value());
  CHECK(changes == 7);  // 6.2 MB are reached: twice the full one and 4 MiB
  REQUIRE(take(*store, snapshot_kind::full, {}).has_value());
  CHECK_FALSE(store->needs_full());
  CHECK(store->chain_bytes() == 0);
  for (changes = 0; !store->needs_full(); ++changes) REQUIRE(take(*store, snapshot_kind::changes, {}).has_value());
  CHECK(changes == 63);
  REQUIRE(take(*store, snapshot_kind::full, {}).has_value());
  {
    auto writer = store->begin(info(snapshot_kind::changes));
    REQUIRE((*writer)->add(chunk("detector", 0, "lost")).has_value());
  }  // abandoned
  CHECK(store->needs_full());
  REQUIRE(take(*store, snapshot_kind::full, {}).has_value());
  CHECK_FALSE(store->needs_full());
}

TEST_CASE("an abandoned checkpoint leaves no file, and its number is not used again") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, "kept")}).has_value());
  auto writer = store->begin(info(snapshot_kind::full));
  REQUIRE((*writer)->add(chunk("detector", 0, "lost")).has_value());
  CHECK((*writer)->id() == checkpoint_id{2});
  (*writer)->abandon();
  writer->reset();
  CHECK(names_in(files, "state/checkpoints") ==
        std::vector<std::string>{"chk-0000000001.manifest", "chk-0000000001.sst"});
  CHECK((*store->load_latest())->manifest().id == checkpoint_id{1});
  writer = store->begin(info(snapshot_kind::full));
  CHECK((*writer)->id() == checkpoint_id{3});
}

TEST_CASE("no number is used twice, whatever is lost between two attempts") {
  memory_file_system files;
  leat::random chance{11};
  std::uint64_t highest = 0;
  for (int run = 0; run < 200; ++run) {
    auto store = open(files);
    REQUIRE(store->load_latest().has_value());
    for (std::uint64_t n = chance.below(4); n > 0; --n) {
      auto writer = store->begin(info(snapshot_kind::full));
      REQUIRE(writer.has_value());
      CHECK((*writer)->id().value() > highest);
      CHECK((*writer)->id().value() <= highest + 3);  // and few are left out
      highest = (*writer)->id().value();
      if (chance.below(2) == 0) REQUIRE((*writer)->commit({}, false).has_value());
      if (n == 1 && chance.below(2) == 0) files.lose_power(chance);
    }
  }
}

TEST_CASE("two owners of one directory are refused, naming the first") {
  const host_directory host;
  memory_file_system memory;
  for (leat::file_system* files : {static_cast<leat::file_system*>(&memory), &leat::posix_file_system()}) {
    const leat::checkpoint_store_options options{.directory = host.path.string(), .application = "fraud"};
    auto first = leat::open_checkpoint_store(*files, options);
    REQUIRE_MESSAGE(first.has_value(), first.error().message());
    const auto second = leat::open_checkpoint_store(*files, options);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == errc::locked);
    if (files != &memory) CHECK(second.error().detail.find(std::to_string(::getpid())) != std::string::npos);
    first->reset();
    CHECK(leat::open_checkpoint_store(*files, options).has_value());
  }
}

TEST_CASE("the state of another application is refused, naming it") {
  memory_file_system files;
  const auto open_as = [&files](const std::string& name) {
    return leat::open_checkpoint_store(files, {.directory = "state/", .application = name});
  };
  REQUIRE(open_as("fraud").has_value());
  auto other = open_as("anomaly");
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == errc::incompatible);
  CHECK(other.error().detail.find("'fraud'") != std::string::npos);
  REQUIRE(take(**open_as("fraud"), snapshot_kind::full, {}).has_value());
  REQUIRE(files.remove("state/leat-state").has_value());
  other = open_as("anomaly");  // the manifests say so too
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == errc::incompatible);
  auto healed = open_as("fraud");
  REQUIRE(healed.has_value());
  CHECK((*healed)->warnings().size() == 1);
  CHECK(files.exists("state/leat-state"));
}

TEST_CASE("settings that make no sense are refused") {
  memory_file_system files;
  CHECK(leat::open_checkpoint_store(files, {.directory = "", .application = "a"}).error().code ==
        errc::invalid_argument);
  CHECK(leat::open_checkpoint_store(files, {.directory = "s", .application = ""}).error().code ==
        errc::invalid_argument);
  CHECK(leat::open_checkpoint_store(files, {.directory = "s", .application = "\xff"}).error().code ==
        errc::invalid_argument);
  CHECK(leat::open_checkpoint_store(files, {.directory = "s", .application = "a", .retained = 0}).error().code ==
        errc::invalid_argument);
}

TEST_CASE("what could not be read back is not written") {
  memory_file_system files;
  auto store = open(files);
  CHECK(take(*store, snapshot_kind::full, {chunk("stranger", 0, "x")}).error().code == errc::invalid_argument);
  CHECK(take(*store, snapshot_kind::full, {}, {keyed_operator("\xfe")}).error().code == errc::invalid_argument);
  CHECK(take(*store, snapshot_kind::full, {}, {keyed_operator("a"), keyed_operator("a")}).error().code ==
        errc::invalid_argument);
  auto deep = keyed_operator("deep");
  for (int i = 0; i < 64; ++i) deep.schema.key = leat::schema{leat::schema::kind::list, {}, 0, {*deep.schema.key}};
  CHECK(take(*store, snapshot_kind::full, {}, {deep}).error().code == errc::invalid_argument);
  CHECK(names_in(files, "state/checkpoints").empty());
  CHECK(*store->load_latest() == nullptr);
  deep.schema.key = deep.schema.key->parts.front();  // 64 levels are possible
  REQUIRE(take(*store, snapshot_kind::full, {}, {deep}).has_value());
  CHECK((*store->load_latest())->manifest().operators.front() == deep);
}

TEST_CASE("changes do not build on another max parallelism") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full, {}).has_value());
  auto other = info(snapshot_kind::changes);
  other.max_parallelism = 64;
  CHECK(store->begin(other).error().code == errc::incompatible);
  other.kind = snapshot_kind::full;
  CHECK(store->begin(other).has_value());
}

TEST_CASE("an error of the reader ends the reading and comes back unchanged") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, "a"), chunk("detector", 0, "b")}).has_value());
  auto loaded = store->load_latest();
  int calls = 0;
  const auto r = (*loaded)->for_each_chunk([&](const auto&, const auto&) -> leat::result<void> {
    ++calls;
    return leat::error{errc::incompatible, "no such state"};
  });
  CHECK(calls == 1);
  CHECK(r.error().detail == "no such state");
}

TEST_CASE("tools read without the lock and change nothing") {
  memory_file_system files;
  const leat::checkpoint_store_options read_only{
      .directory = "state", .application = "", .access = leat::store_access::read_only};
  CHECK(leat::open_checkpoint_store(files, read_only).error().code == errc::not_found);
  auto job = open(files);
  REQUIRE(take(*job, snapshot_kind::full, {chunk("detector", 0, "a")}).has_value());
  REQUIRE(take(*job, snapshot_kind::changes, {chunk("detector", 0, "b")}).has_value());
  auto writer = job->begin(info(snapshot_kind::changes));
  const auto writes = files.writes();
  auto tool = leat::open_checkpoint_store(files, read_only);
  REQUIRE_MESSAGE(tool.has_value(), tool.error().message());
  CHECK((*tool)->application() == "fraud");
  const auto all = (*tool)->list();
  REQUIRE(all->size() == 2);
  for (const auto& entry : *all) CHECK_FALSE(entry.fault.has_value());
  CHECK((*all)[1].manifest->tables.size() == 2);
  auto loaded = (*tool)->load_latest();
  CHECK(read(**loaded)->size() == 2);
  CHECK(files.writes() == writes);
  REQUIRE((*writer)->add(chunk("detector", 0, "c")).has_value());
  CHECK((*writer)->commit({keyed_operator("detector")}, false).has_value());
}

TEST_CASE("a manifest is one checked line and JSON, as the reference says") {
  memory_file_system files;
  auto store = open(files);
  REQUIRE(take(*store, snapshot_kind::full, {chunk("detector", 0, "a")}).has_value());
  const std::string text = read_file(files, "state/checkpoints/chk-0000000001.manifest");
  const std::string table = std::to_string(*files.size("state/checkpoints/chk-0000000001.sst"));
  CHECK(text.starts_with("leat-manifest 1 "));
  const std::size_t line = text.find('\n') + 1;
  CHECK(text.substr(49, line - 50) == std::to_string(text.size() - line));
  const std::string json = text.substr(line);
  CHECK(json.starts_with(
      R"({"format":1,"application":"fraud","checkpoint":1,"epoch":1,"kind":"full","created_ms":1000,)"
      R"("max_parallelism":128,"finished":false,"operators":[{"uid":"detector","parallelism":2,)"
      R"("key":{"type":"integer","bits":64},"states":[{"name":"sum","shape":"value","type":{"type":"integer","bits":64}}]}],)"
      R"("tables":[{"file":"chk-0000000001.sst","checkpoint":1,"size_bytes":)" +
      table + R"(,"xxh3_128":")"));
  CHECK(json.ends_with("\"}]}\n"));
}

TEST_CASE("a real disk serves as well as one in memory") {
  const host_directory host;
  const leat::checkpoint_store_options options{.directory = (host.path / "a/b").string(), .application = "fraud"};
  {
    auto store = leat::open_checkpoint_store(leat::posix_file_system(), options);
    REQUIRE_MESSAGE(store.has_value(), store.error().message());
    for (const auto kind : {snapshot_kind::full, snapshot_kind::changes})
      REQUIRE(take(**store, kind, {chunk("detector", 0, std::string(100'000, 'x')), chunk("detector", 1, "y")})
                  .has_value());
  }
  auto store = leat::open_checkpoint_store(leat::posix_file_system(), options);
  auto loaded = (*store)->load_latest();
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message());
  CHECK((*loaded)->manifest().id == checkpoint_id{2});
  CHECK(read(**loaded)->size() == 4);
}
