// Measures the store; skipped unless asked for:
//   state_test --no-skip -tc="speed of the checkpoint store" [with LEAT_SPEED_DIRECTORY=… to choose
//   the disk]
// The figures stand in docs/decisions/0002-checkpoint-store.md.

#include <leat/core/random.hpp>
#include <leat/state/checkpoint_store.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <sys/resource.h>
#include <unistd.h>

#include "store_fixture.hpp"

using leat::snapshot_kind;
using store_fixture::chunk;
using store_fixture::info;
using store_fixture::keyed_operator;
using store_fixture::take;

namespace {

struct cost {
  double wall_s = 0;
  double cpu_s = 0;
};

double cpu_seconds() {
  rusage u{};
  ::getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

template <class Work>
cost measure(Work work) {
  const auto wall = std::chrono::steady_clock::now();
  const double cpu = cpu_seconds();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(), cpu_seconds() - cpu};
}

/// Runs it seven times after one to warm up; prints the median and the spread of the wall time.
template <class Work>
void report(const char* what, double mib, Work work) {
  work();
  std::vector<cost> runs;
  for (int i = 0; i < 7; ++i) runs.push_back(measure(work));
  std::sort(runs.begin(), runs.end(), [](const cost& a, const cost& b) { return a.wall_s < b.wall_s; });
  const double wall = runs[3].wall_s;
  std::printf("%-52s %8.2f ms wall (%.2f to %.2f), %7.2f ms CPU", what, 1e3 * wall, 1e3 * runs.front().wall_s,
              1e3 * runs.back().wall_s, 1e3 * runs[3].cpu_s);
  if (mib > 0) std::printf(", %6.0f MiB/s", mib / wall);
  std::printf("\n");
}

std::vector<leat::snapshot_chunk> chunks_of(std::size_t count, std::size_t size_bytes) {
  leat::random chance{1};
  std::vector<leat::snapshot_chunk> chunks;
  for (std::size_t i = 0; i < count; ++i) {
    std::string bytes(size_bytes, '\0');
    for (char& c : bytes) c = static_cast<char>(chance.next() >> 56);
    chunks.push_back(chunk("detector", i % 2, std::move(bytes)));
  }
  return chunks;
}

void must(bool done) { REQUIRE(done); }

void measure_store(leat::checkpoint_store& store, const char* what, double mib,
                   const std::vector<leat::snapshot_chunk>& chunks) {
  std::printf("%s\n", what);
  report("  begin, add, commit", mib, [&] { must(take(store, snapshot_kind::full, chunks).has_value()); });
  std::unique_ptr<leat::loaded_checkpoint> loaded;
  report("  load_latest (verifies lengths and checksums)", mib, [&] { loaded = *store.load_latest(); });
  report("  for_each_chunk", mib, [&] {
    std::size_t bytes = 0;
    must(loaded
             ->for_each_chunk([&bytes](const leat::snapshot_chunk& c, const leat::operator_schema&) {
               bytes += c.bytes.size();
               return leat::result<void>{};
             })
             .has_value());
  });
}

}  // namespace

TEST_CASE("speed of the checkpoint store" * doctest::skip()) {
  const char* const chosen = std::getenv("LEAT_SPEED_DIRECTORY");
  const std::filesystem::path root =
      (chosen != nullptr ? std::filesystem::path{chosen} : std::filesystem::temp_directory_path()) /
      ("leat-store-speed-" + std::to_string(::getpid()));
  leat::file_system& files = leat::posix_file_system();
  {
    const auto opened =
        leat::open_checkpoint_store(files, {.directory = root.string(), .application = "fraud", .retained = 1});
    REQUIRE(opened.has_value());
    auto& store = **opened;

    const auto large = chunks_of(64, leat::chunk_size_bytes);
    measure_store(store, "64 chunks of 1 MiB", 64, large);

    std::printf("the same bytes through file_system alone\n");
    const std::string path = (root / "plain").string();
    report("  create, append, sync, close", 64, [&] {
      auto file = *files.create(path);
      for (const auto& c : large) must(file->append(c.bytes).has_value());
      must(file->sync().has_value());
      must(file->close().has_value());
    });
    report("  read_all", 64, [&] { must(files.read_all(path).has_value()); });

    measure_store(store, "64 Ki chunks of 1 KiB", 64, chunks_of(65536, 1024));
    measure_store(store, "one chunk of 1 KiB", 0, chunks_of(1, 1024));
    must(take(store, snapshot_kind::full, chunks_of(1, 1024)).has_value());
    report("one chunk of 1 KiB, changes: begin, add, commit", 0,
           [&] { must(take(store, snapshot_kind::changes, chunks_of(1, 1024)).has_value()); });

    auto writer = *store.begin(info(snapshot_kind::full));
    for (int i = 0; i < 16; ++i)
      for (const auto& c : large) must(writer->add(c).has_value());
    must(writer->commit({keyed_operator("detector")}, false).has_value());
    std::printf("1 GiB in chunks of 1 MiB\n");
    report("  load_latest and for_each_chunk", 1024, [&] {
      const auto loaded = *store.load_latest();
      must(loaded->for_each_chunk([](const auto&, const auto&) { return leat::result<void>{}; }).has_value());
    });
  }
  std::filesystem::remove_all(root);
}
