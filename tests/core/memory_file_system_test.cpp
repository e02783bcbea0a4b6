#include <leat/core/memory_file_system.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>

namespace {

using leat::errc;
using leat::memory_file_system;

leat::result<void> write(memory_file_system& files, const std::string& path, std::string_view bytes, bool synced) {
  LEAT_TRY(file, files.create(path));
  LEAT_CHECK(file->append(bytes));
  if (synced) LEAT_CHECK(file->sync());
  return file->close();
}

/// What a reader finds: "name=bytes name=bytes".
std::string contents(memory_file_system& files, const std::string& directory) {
  std::string text;
  auto entries = files.list(directory);
  if (!entries) return "gone";
  for (const auto& e : *entries) {
    const std::string path = leat::join_path(directory, e.name);
    text += (text.empty() ? "" : " ") + e.name + "=" +
            (e.directory ? "{" + contents(files, path) + "}" : *files.read_all(path));
  }
  return text;
}

/// The protocol of a manifest: written, synced, renamed, directory synced.
leat::result<void> publish(memory_file_system& files, std::string_view bytes) {
  LEAT_CHECK(write(files, "d/new", bytes, true));
  LEAT_CHECK(files.rename("d/new", "d/manifest"));
  return files.sync_directory("d");
}

}  // namespace

TEST_CASE("what a loss of power leaves") {
  struct row {
    const char* title;
    std::function<void(memory_file_system&)> act;
    const char* before;
    const char* after;
  };
  for (const row& r : std::vector<row>{
           {"nothing was done", [](auto&) {}, "old=1", "old=1"},
           {"a synced file in a directory that was not", [](auto& f) { REQUIRE(write(f, "d/a", "2", true)); },
            "a=2 old=1", "old=1"},
           {"a directory that was synced, but the file was not",
            [](auto& f) {
              REQUIRE(write(f, "d/a", "2", false));
              REQUIRE(f.sync_directory("d"));
            },
            "a=2 old=1", "a= old=1"},
           {"both synced",
            [](auto& f) {
              REQUIRE(write(f, "d/a", "2", true));
              REQUIRE(f.sync_directory("d"));
            },
            "a=2 old=1", "a=2 old=1"},
           {"removed", [](auto& f) { REQUIRE(f.remove("d/old")); }, "", "old=1"},
           {"removed and synced",
            [](auto& f) {
              REQUIRE(f.remove("d/old"));
              REQUIRE(f.sync_directory("d"));
            },
            "", ""},
           {"renamed", [](auto& f) { REQUIRE(f.rename("d/old", "d/new")); }, "new=1", "old=1"},
           {"replaced by rename",
            [](auto& f) {
              REQUIRE(write(f, "d/new", "2", true));
              REQUIRE(f.rename("d/new", "d/old"));
            },
            "old=2", "old=1"},
           {"written over: emptied at once", [](auto& f) { REQUIRE(write(f, "d/old", "2", false)); }, "old=2", "old="},
           {"the tail behind the last sync",
            [](auto& f) {
              auto file = *f.create("d/old");
              REQUIRE(file->append("ab"));
              REQUIRE(file->sync());
              REQUIRE(file->append("cd"));
              REQUIRE(file->close());
            },
            "old=abcd", "old=ab"},
           {"a new directory",
            [](auto& f) {
              REQUIRE(f.create_directories("d/e"));
              REQUIRE(write(f, "d/e/a", "2", true));
              REQUIRE(f.sync_directory("d/e"));
            },
            "e={a=2} old=1", "old=1"},
           {"a new directory, all synced",
            [](auto& f) {
              REQUIRE(f.create_directories("d/e"));
              REQUIRE(write(f, "d/e/a", "2", false));
              f.sync_all();
            },
            "e={a=2} old=1", "e={a=2} old=1"},
       }) {
    CAPTURE(r.title);
    memory_file_system files;
    REQUIRE(files.create_directories("d"));
    REQUIRE(write(files, "d/old", "1", false));
    files.sync_all();
    r.act(files);
    CHECK(contents(files, "d") == r.before);
    files.lose_power();
    CHECK(contents(files, "d") == r.after);
    files.lose_power();
    CHECK(contents(files, "d") == r.after);
  }
}

TEST_CASE("a torn tail keeps what was synced and part of the rest") {
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    memory_file_system files;
    leat::random chance{seed};
    auto file = *files.create("log");
    REQUIRE(files.sync_directory(""));
    REQUIRE(file->append("abc"));
    REQUIRE(file->sync());
    REQUIRE(file->append("defg"));
    REQUIRE(file->close());
    files.lose_power(chance);
    const std::string left = *files.read_all("log");
    CHECK(left == std::string{"abcdefg"}.substr(0, left.size()));
    sizes.insert(left.size());
  }
  CHECK(sizes == std::set<std::size_t>{3, 4, 5, 6, 7});
}

TEST_CASE("files and locks from before a loss of power are dead") {
  memory_file_system files;
  REQUIRE(files.create_directories("d"));
  REQUIRE(write(files, "d/a", "1", true));
  files.sync_all();
  auto writer = *files.create("d/b");
  auto reader = *files.open("d/a");
  auto old_lock = *files.lock("d");
  files.lose_power();
  CHECK(writer->append("x").error().code == errc::io);
  CHECK(writer->sync().error().code == errc::io);
  char to[1];
  CHECK(reader->read(0, to, 1).error().code == errc::io);
  auto new_lock = files.lock("d");
  REQUIRE(new_lock);
  old_lock.reset();
  CHECK(files.lock("d").error().code == errc::locked);
}

TEST_CASE("readers see only what was synced or closed") {
  memory_file_system files;
  auto file = *files.create("a");
  REQUIRE(file->append("x"));
  CHECK(*files.size("a") == 0);
  REQUIRE(file->sync());
  CHECK(*files.size("a") == 1);
}

TEST_CASE("a fault at each write in turn: the published manifest is the old or the new one, whole") {
  memory_file_system rehearsal;
  REQUIRE(rehearsal.create_directories("d"));
  const std::uint64_t before = rehearsal.writes();
  REQUIRE(publish(rehearsal, "new!"));
  const std::uint64_t count = rehearsal.writes() - before;
  CHECK(count == 6);
  for (const errc code : {errc::io, errc::no_space}) {
    for (std::uint64_t at = 1; at <= count + 1; ++at) {
      CAPTURE(at);
      memory_file_system files;
      REQUIRE(files.create_directories("d"));
      REQUIRE(publish(files, "old!"));
      files.sync_all();
      files.inject({.first = at, .count = memory_file_system::write_fault::for_good, .code = code});
      const auto published = publish(files, "new!");
      CHECK(published.has_value() == (at > count));
      if (!published) CHECK(published.error().code == code);
      files.lose_power();
      const std::string manifest = *files.read_all("d/manifest");
      CHECK(manifest == (at > count ? "new!" : "old!"));
      files.heal();
      REQUIRE(publish(files, "third"));
      CHECK(*files.read_all("d/manifest") == "third");
    }
  }
}

TEST_CASE("a failing append writes half, and the file stays failed") {
  memory_file_system files;
  auto file = *files.create("a");
  REQUIRE(file->append("1234"));
  files.inject({.code = errc::no_space});
  const auto failed = file->append("5678");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == errc::no_space);
  CHECK(failed.error().detail.find("cannot write a: No space left on device") != std::string::npos);
  CHECK(*files.read_all("a") == "123456");
  CHECK_FALSE(file->append("9"));
  CHECK_FALSE(file->close());
  CHECK(write(files, "b", "works again", true));
}

TEST_CASE("paths that mean the same") {
  memory_file_system files;
  REQUIRE(files.create_directories("/a/b/"));
  REQUIRE(write(files, "./a//b/c", "1", false));
  CHECK(*files.read_all("/a/b/c") == "1");
  CHECK(files.is_directory("/"));
  CHECK(files.is_directory("a/b"));
  CHECK(files.rename("a", "a/b/x").error().code == errc::io);
}
