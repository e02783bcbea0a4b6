#include <leat/core/file_system.hpp>

#include <leat/core/memory_file_system.hpp>

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

using leat::errc;
using leat::file_system;
using leat::join_path;

/// A directory that is gone with the test.
class temporary_directory {
 public:
  temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "leat-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~temporary_directory() { std::filesystem::remove_all(path_); }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void write(file_system& files, const std::string& path, std::string_view bytes) {
  auto file = files.create(path);
  REQUIRE(file);
  REQUIRE((*file)->append(bytes));
  REQUIRE((*file)->close());
}

std::string read(file_system& files, const std::string& path) {
  auto bytes = files.read_all(path);
  REQUIRE(bytes);
  return *bytes;
}

template <class T>
errc code(const leat::result<T>& failed) {
  REQUIRE_FALSE(failed);
  return failed.error().code;
}

/// What both file systems promise, in the empty directory `root`.
void check_contract(file_system& files, const std::string& root) {
  const std::string file = join_path(root, "file");
  SUBCASE("what is written is read, at any offset") {
    std::string bytes;
    for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 7);
    auto writer = files.create(file);
    REQUIRE(writer);
    for (std::size_t at = 0, size = 1; at < bytes.size(); at += size, size = size * 3 % 70'001) {
      REQUIRE((*writer)->append(std::string_view{bytes}.substr(at, size)));
    }
    REQUIRE((*writer)->append(""));
    REQUIRE((*writer)->sync());
    CHECK(read(files, file) == bytes);
    REQUIRE((*writer)->append("end"));
    REQUIRE((*writer)->close());
    bytes += "end";
    CHECK(*files.size(file) == bytes.size());
    auto reader = files.open(file);
    REQUIRE(reader);
    for (const std::size_t offset :
         {std::size_t{0}, std::size_t{1}, bytes.size() - 5, bytes.size(), bytes.size() + 9}) {
      CAPTURE(offset);
      char to[10];
      const auto count = (*reader)->read(offset, to, sizeof to);
      REQUIRE(count);
      const std::string want = offset < bytes.size() ? bytes.substr(offset, sizeof to) : "";
      CHECK(std::string(to, *count) == want);
    }
  }
  SUBCASE("what was not closed is dropped") {
    write(files, file, "old");
    {
      REQUIRE((*files.create(file))->append("new"));
    }
    CHECK(read(files, file) == "");
  }
  SUBCASE("rename replaces, remove removes") {
    const std::string other = join_path(root, "other");
    write(files, file, "new");
    write(files, other, "old");
    REQUIRE(files.rename(file, other));
    CHECK_FALSE(files.exists(file));
    CHECK(read(files, other) == "new");
    REQUIRE(files.remove(other));
    CHECK_FALSE(files.exists(other));
    REQUIRE(files.sync_directory(root));
  }
  SUBCASE("directories are made with their parents and listed in byte order") {
    const std::string deep = join_path(root, "a/b/c");
    REQUIRE(files.create_directories(deep));
    REQUIRE(files.create_directories(deep));
    CHECK(files.is_directory(deep));
    CHECK_FALSE(files.is_directory(file));
    write(files, join_path(root, "a/\xC3\xA4"), "12");
    write(files, join_path(root, "a/Z"), "");
    const auto entries = files.list(join_path(root, "a"));
    REQUIRE(entries);
    REQUIRE(entries->size() == 3);
    CHECK((*entries)[0].name == "Z");
    CHECK((*entries)[1].name == "b");
    CHECK((*entries)[1].directory);
    CHECK((*entries)[2].name == "\xC3\xA4");
    CHECK((*entries)[2].size_bytes == 2);
    CHECK_FALSE((*entries)[2].directory);
    CHECK(code(files.remove(join_path(root, "a"))) == errc::io);
    REQUIRE(files.remove(deep));
  }
  SUBCASE("what is not there is not found, and the error says what") {
    const std::string missing = join_path(root, "no/such");
    CHECK(code(files.open(missing)) == errc::not_found);
    CHECK(code(files.create(missing)) == errc::not_found);
    CHECK(code(files.rename(missing, file)) == errc::not_found);
    CHECK(code(files.remove(missing)) == errc::not_found);
    CHECK(code(files.list(missing)) == errc::not_found);
    CHECK(code(files.size(missing)) == errc::not_found);
    CHECK(code(files.sync_directory(missing)) == errc::not_found);
    CHECK(code(files.lock(missing)) == errc::not_found);
    CHECK(code(files.read_all(root)) == errc::not_found);
    CHECK(code(files.size(root)) == errc::not_found);
    CHECK(code(files.create(root)) == errc::io);
    CHECK(files.open(missing).error().detail.find(missing) != std::string::npos);
  }
  SUBCASE("a file stands where a directory should be made") {
    write(files, file, "");
    CHECK(code(files.create_directories(join_path(file, "below"))) == errc::already_exists);
    CHECK(code(files.list(file)) == errc::not_found);
  }
  SUBCASE("a directory is locked once, until it is let go") {
    auto first = files.lock(root);
    REQUIRE(first);
    CHECK(code(files.lock(root)) == errc::locked);
    first->reset();
    CHECK(files.lock(root));
  }
}

}  // namespace

TEST_CASE("the host's file system keeps the contract") {
  const temporary_directory root;
  check_contract(leat::posix_file_system(), root.path());
}

TEST_CASE("the file system in memory keeps the contract") {
  const auto files = leat::make_memory_file_system();
  REQUIRE(files->create_directories("/data"));
  check_contract(*files, "/data");
}

TEST_CASE("paths are joined with one slash") {
  struct row {
    const char* directory;
    const char* name;
    const char* want;
  };
  for (const row& r : {row{"a", "b", "a/b"}, row{"a/", "b", "a/b"}, row{"a//", "/b", "a/b"}, row{"/", "b", "/b"},
                       row{"", "b", "b"}, row{"a", "", "a"}, row{"/", "", "/"}}) {
    CAPTURE(r.directory);
    CHECK(join_path(r.directory, r.name) == r.want);
  }
}

TEST_CASE("host: the lock names the process that holds it") {
  const temporary_directory root;
  const auto held = leat::posix_file_system().lock(root.path());
  REQUIRE(held);
  const auto refused = leat::posix_file_system().lock(root.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("process " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("host: a full disk is no_space, and stays so for that file") {
  if (!std::filesystem::exists("/dev/full")) return;
  auto file = leat::posix_file_system().create("/dev/full");
  REQUIRE(file);
  REQUIRE((*file)->append("x"));
  CHECK(code((*file)->sync()) == errc::no_space);
  CHECK(code((*file)->append("y")) == errc::no_space);
  CHECK(code((*file)->close()) == errc::no_space);
}

TEST_CASE("memory: many threads may use it") {
  leat::memory_file_system files;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&files, t] {
      const std::string path = "file" + std::to_string(t);
      for (int i = 0; i < 200; ++i) {
        auto file = files.create(path);
        if (!file || !(*file)->append(std::string(static_cast<std::size_t>(i), 'x')) || !(*file)->close()) std::abort();
        if (*files.size(path) != static_cast<std::uint64_t>(i) || !files.list("")) std::abort();
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(files.list("")->size() == 4);
}
