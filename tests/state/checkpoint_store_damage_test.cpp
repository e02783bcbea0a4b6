#include <leat/core/random.hpp>
#include <leat/state/checkpoint_store.hpp>

#include <doctest/doctest.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "store_fixture.hpp"

using leat::errc;
using leat::memory_file_system;
using leat::snapshot_kind;
using store_fixture::chunk;
using store_fixture::open;
using store_fixture::read;
using store_fixture::take;
using store_fixture::texts;

namespace {

using disk_image = std::map<std::string, std::string>;  ///< path to bytes

constexpr const char* identity = "state/leat-state";

std::string table_of(std::uint64_t id) { return "state/checkpoints/chk-000000000" + std::to_string(id) + ".sst"; }
std::string manifest_of(std::uint64_t id) {
  return "state/checkpoints/chk-000000000" + std::to_string(id) + ".manifest";
}

disk_image image_of(leat::file_system& files) {
  disk_image image;
  for (const std::string directory : {"state", "state/checkpoints"}) {
    const auto entries = files.list(directory);
    REQUIRE(entries.has_value());
    for (const auto& e : *entries)
      if (!e.directory) image[leat::join_path(directory, e.name)] = *files.read_all(leat::join_path(directory, e.name));
  }
  return image;
}

void overwrite(leat::file_system& files, const std::string& path, const std::string& bytes) {
  auto file = files.create(path);
  REQUIRE(file.has_value());
  REQUIRE((*file)->append(bytes).has_value());
  REQUIRE((*file)->close().has_value());
}

std::unique_ptr<memory_file_system> disk_of(const disk_image& image) {
  auto files = std::make_unique<memory_file_system>();
  REQUIRE(files->create_directories("state/checkpoints").has_value());
  for (const auto& [path, bytes] : image) overwrite(*files, path, bytes);
  return files;
}

/// Checkpoints 1 (full), 2, 3 (changes), 4 (full), 5 (changes), all retained, and what they hold.
struct original {
  disk_image image;
  std::map<std::uint64_t, std::string> contents;
  std::map<std::uint64_t, std::vector<std::string>> parts{{1, {manifest_of(1), table_of(1)}},
                                                          {2, {manifest_of(2), table_of(1), table_of(2)}},
                                                          {3, {manifest_of(3), table_of(1), table_of(2), table_of(3)}},
                                                          {4, {manifest_of(4), table_of(4)}},
                                                          {5, {manifest_of(5), table_of(4), table_of(5)}}};

  explicit original(std::uint64_t seed) {
    memory_file_system files;
    leat::random chance{seed};
    auto store = open(files, 9);
    std::string chain;
    for (std::uint64_t id = 1; id <= 5; ++id) {
      const bool full = id == 1 || id == 4;
      if (full) chain.clear();
      std::vector<leat::snapshot_chunk> chunks;
      for (std::uint64_t n = 5 + chance.below(20); n > 0; --n) {
        std::string bytes(chance.below(n == 5 ? 100'000 : 300), '\0');
        for (char& c : bytes) c = static_cast<char>(chance.next());
        chain += bytes;
        chunks.push_back(chunk("detector", static_cast<std::uint32_t>(n % 2), std::move(bytes)));
      }
      REQUIRE(take(*store, full ? snapshot_kind::full : snapshot_kind::changes, chunks).has_value());
      contents[id] = chain;
    }
    store.reset();
    image = image_of(files);
  }

  /// Whether every file of a checkpoint is as it was written.
  [[nodiscard]] bool intact(std::uint64_t id, const disk_image& now) const {
    return std::all_of(parts.at(id).begin(), parts.at(id).end(), [&](const std::string& path) {
      const auto found = now.find(path);
      return found != now.end() && found->second == image.at(path);
    });
  }
};

enum class damage { flip_bit, overwrite_range, truncate, extend, remove, swap, replace };
constexpr damage all_damages[] = {damage::flip_bit, damage::overwrite_range, damage::truncate,
                                  damage::extend,   damage::remove,          damage::swap,
                                  damage::replace};

void inflict(damage how, disk_image& on, const std::string& path, leat::random& chance) {
  const auto other = [&] {  // any other file, mostly of the same kind
    for (int i = 0;; ++i) {
      auto at = std::next(on.begin(), static_cast<std::ptrdiff_t>(chance.below(on.size())));
      if (at->first != path && (i > 20 || at->first.substr(at->first.size() - 3) == path.substr(path.size() - 3)))
        return at->first;
    }
  };
  const auto found = on.find(path);
  if (found == on.end()) return;
  std::string& bytes = found->second;
  switch (how) {
    case damage::flip_bit:
      if (!bytes.empty()) bytes[chance.below(bytes.size())] ^= static_cast<char>(1 << chance.below(8));
      break;
    case damage::overwrite_range: {
      const std::size_t from = chance.below(bytes.size() + 1);
      const std::size_t size = std::min<std::size_t>(bytes.size() - from, 1 + chance.below(4096));
      const bool zeros = chance.below(2) == 0;
      for (std::size_t i = from; i < from + size; ++i) bytes[i] = zeros ? '\0' : static_cast<char>(chance.next());
      break;
    }
    case damage::truncate: bytes.resize(chance.below(bytes.size() + 1)); break;
    case damage::extend: bytes.append(1 + chance.below(5000), static_cast<char>(chance.next())); break;
    case damage::remove: on.erase(found); break;
    case damage::swap: std::swap(bytes, on[other()]); break;
    case damage::replace: bytes = on[other()]; break;
  }
}

/// Opens, restores, goes on: right or refused, never wrong.
void check_damaged(const original& o, const disk_image& image) {
  const auto files = disk_of(image);
  std::optional<std::uint64_t> newest;
  bool any_manifest = false;
  bool any_good_manifest = false;
  for (const auto& [id, parts] : o.parts) {
    if (o.intact(id, image)) newest = id;
    const auto manifest = image.find(manifest_of(id));
    any_manifest = any_manifest || manifest != image.end();
    any_good_manifest =
        any_good_manifest || (manifest != image.end() && manifest->second == o.image.at(manifest_of(id)));
  }
  const auto state = image.find(identity);
  const bool identified = state != image.end() && state->second == o.image.at(identity);

  auto opened = leat::open_checkpoint_store(*files, {.directory = "state", .application = "fraud", .retained = 9});
  if (!opened) {
    CHECK(opened.error().code == errc::corrupt);
    CHECK_FALSE(identified);
    CHECK_FALSE(any_good_manifest);
    CHECK(opened.error().detail.find(identity) != std::string::npos);
    return;
  }
  auto& store = **opened;
  CHECK(store.warnings().empty() == identified);
  const auto listed = store.list();
  REQUIRE(listed.has_value());
  for (const auto& entry : *listed) CHECK(entry.fault.has_value() != o.intact(entry.id.value(), image));

  auto loaded = store.load_latest();
  if (!newest) {
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().code == errc::corrupt);
    for (const auto& [id, parts] : o.parts)
      if (image.contains(manifest_of(id)))
        CHECK(loaded.error().detail.find("checkpoint " + std::to_string(id) + ": state/") != std::string::npos);
    return;
  }
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message());
  REQUIRE(*loaded != nullptr);
  CHECK((*loaded)->manifest().id.value() == *newest);
  CHECK((texts(**loaded) == o.contents.at(*newest)));
  const auto newer = std::count_if(o.parts.begin(), o.parts.end(), [&](const auto& p) {
    return p.first > *newest && image.contains(manifest_of(p.first));
  });
  CHECK((*loaded)->skipped().size() == static_cast<std::size_t>(newer));
  for (const auto& s : (*loaded)->skipped()) CHECK(s.reason.find("state/checkpoints/chk-") == 0);

  const auto next = take(store, snapshot_kind::changes, {chunk("detector", 0, "more")});
  REQUIRE_MESSAGE(next.has_value(), next.error().message());
  CHECK(next->id.value() > 5);
  loaded = store.load_latest();
  CHECK((*loaded)->manifest().id == next->id);
  CHECK((texts(**loaded) == o.contents.at(*newest) + "more"));
}

std::string seal(const std::string& kind, const std::string& content) {
  const XXH128_hash_t h = XXH3_128bits(content.data(), content.size());
  char hex[33];
  std::snprintf(hex, sizeof hex, "%016llx%016llx", static_cast<unsigned long long>(h.high64),
                static_cast<unsigned long long>(h.low64));
  return kind + " 1 " + hex + ' ' + std::to_string(content.size()) + '\n' + content;
}

std::string content_of(const std::string& sealed) { return sealed.substr(sealed.find('\n') + 1); }

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("damage to any one file is noticed, and the newest intact checkpoint is used") {
  constexpr std::uint64_t damages_of_a_kind = 1000;
  const original o{1};
  std::map<std::string, std::vector<std::string>> kinds;  // .manifest, .sst and the identity: their files
  for (const auto& [path, bytes] : o.image)
    if (const auto name = path.substr(path.rfind('/')); name != "/LOCK")
      kinds[name.substr(std::min(name.find('.'), name.size()))].push_back(path);
  CHECK(kinds.size() == 3);
  for (const auto& [kind, paths] : kinds)
    for (std::uint64_t seed = 1; seed <= damages_of_a_kind; ++seed) {
      leat::random chance{seed};
      const damage how = all_damages[seed % std::size(all_damages)];
      const std::string& path = paths[chance.below(paths.size())];
      CAPTURE(path);
      CAPTURE(static_cast<int>(how));
      CAPTURE(seed);
      disk_image image = o.image;
      inflict(how, image, path, chance);
      check_damaged(o, image);
    }
}

TEST_CASE("damage to several files at once is noticed") {
  const original o{2};
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : o.image) paths.push_back(path);
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    leat::random chance{seed};
    disk_image image = o.image;
    for (std::uint64_t n = 2 + chance.below(8); n > 0; --n)
      inflict(all_damages[chance.below(std::size(all_damages))], image, paths[chance.below(paths.size())], chance);
    check_damaged(o, image);
  }
}

TEST_CASE("files of another run of the same application are noticed") {
  const original o{3};
  const original other{4};
  for (const auto& [path, bytes] : other.image) {
    if (path == identity) continue;  // says the same in both
    CAPTURE(path);
    disk_image image = o.image;
    image[path] = bytes;
    check_damaged(o,
                  image);  // a manifest's own checksum is right then, but its tables are not those
  }
}

TEST_CASE("damage between verification and reading is noticed") {
  const original o{5};
  int errors = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    CAPTURE(seed);
    leat::random chance{seed};
    const auto files = disk_of(o.image);
    auto store = open(*files, 9);
    auto loaded = store->load_latest();
    REQUIRE(loaded.has_value());
    disk_image image = o.image;
    const std::string path = table_of(4 + seed % 2);
    inflict(all_damages[chance.below(4)], image, path, chance);
    overwrite(*files, path, image[path]);
    const auto all = read(**loaded);
    if (!all) {
      CHECK(all.error().code == errc::corrupt);
      CHECK(all.error().detail.find(path) == 0);
      ++errors;
      continue;
    }
    std::string got;
    for (const auto& c : *all) got += c.bytes;
    CHECK((got == o.contents.at(5)));
  }
  CHECK(errors > 200);
}

TEST_CASE("a disk whose completed checkpoints are all gone is not taken for a fresh one") {
  const original o{6};
  disk_image image = o.image;
  std::erase_if(image, [](const auto& file) { return file.first != identity; });
  auto files = disk_of(image);
  auto loaded = open(*files)->load_latest();
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == errc::corrupt);
  for (std::uint64_t id = 1; id <= 5; ++id) image[table_of(id)] = o.image.at(table_of(id));
  files = disk_of(image);
  CHECK(open(*files)->load_latest().error().code == errc::corrupt);
  CHECK(image_of(*files) == image);  // and nothing is cleaned away that could help a repair
}

TEST_CASE("what an unreadable manifest may refer to is kept as long as the manifest is") {
  const original o{11};
  disk_image image = o.image;
  image[manifest_of(5)][60] ^= 1;
  image[manifest_of(4)][60] ^= 1;
  const auto files = disk_of(image);
  auto store = open(*files, 2);
  REQUIRE((*store->load_latest())->manifest().id.value() == 3);
  REQUIRE(take(*store, snapshot_kind::full, {}).has_value());
  overwrite(*files, manifest_of(5), o.image.at(manifest_of(5)));  // somebody had a copy
  auto loaded = store->load(leat::checkpoint_id{5});
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message());
  CHECK((texts(**loaded) == o.contents.at(5)));
}

TEST_CASE("damaged checkpoints are not counted as kept ones") {
  const original o{7};
  disk_image image = o.image;
  image[table_of(5)][0] ^= 1;  // of the right length, so only reading it shows
  const auto files = disk_of(image);
  auto store = open(*files, 2);
  REQUIRE((*store->load_latest())->manifest().id.value() == 4);
  const auto next = take(*store, snapshot_kind::full, {});
  REQUIRE(next.has_value());
  CHECK(files->exists(manifest_of(4)));
  CHECK_FALSE(files->exists(manifest_of(3)));
  REQUIRE(take(*store, snapshot_kind::full, {}).has_value());
  CHECK_FALSE(files->exists(manifest_of(4)));
  CHECK_FALSE(files->exists(manifest_of(5)));
}

TEST_CASE("a damaged checkpoint that was passed over is not restored when it can be read again") {
  const original o{12};
  for (const std::string& lost : {manifest_of(5), table_of(5)}) {
    CAPTURE(lost);
    disk_image image = o.image;
    image.erase(lost);
    const auto files = disk_of(image);
    REQUIRE((*open(*files, 9)->load_latest())->manifest().id.value() == 4);
    overwrite(*files, lost, o.image.at(lost));
    auto store = open(*files, 9);
    auto loaded = store->load_latest();
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message());
    CHECK((*loaded)->manifest().id.value() == 4);
    REQUIRE((*loaded)->skipped().size() == 1);
    CHECK((*loaded)->skipped()[0].reason.ends_with(
        "5.manifest: was passed over by an earlier restore, after which its output was taken back"));
    const auto all = store->list();
    REQUIRE(all->size() == 5);
    CHECK(all->at(4).fault.has_value());
    CHECK_FALSE(all->at(3).fault.has_value());
    const auto next = take(*store, snapshot_kind::changes, {});  // builds on 4
    REQUIRE(next.has_value());
    CHECK(next->tables == 2);
    store.reset();
    CHECK((*open(*files, 9)->load_latest())->manifest().id == next->id);
  }
}

TEST_CASE("going back several times: no checkpoint that was gone back behind is used, the older ones are") {
  const original o{13};
  disk_image image = o.image;
  image[table_of(5)][0] ^= 1;
  const auto files = disk_of(image);
  auto store = open(*files, 9);
  REQUIRE((*store->load_latest())->manifest().id.value() == 4);
  const auto later = take(*store, snapshot_kind::changes, {});
  REQUIRE(later.has_value());
  store.reset();
  overwrite(*files, table_of(4), "damaged");
  REQUIRE((*open(*files, 9)->load_latest())->manifest().id.value() == 3);
  for (const std::uint64_t id : {4U, 5U}) overwrite(*files, table_of(id), o.image.at(table_of(id)));
  CHECK((*open(*files, 9)->load_latest())->manifest().id.value() == 3);
  for (const std::uint64_t id : {1U, 2U, 3U}) overwrite(*files, manifest_of(id), "damaged");
  const auto none = open(*files, 9)->load_latest();
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().detail.find("checkpoint 4: ") != std::string::npos);
  CHECK(none.error().detail.find("was passed over by an earlier restore") != std::string::npos);
}

TEST_CASE("checkpoints that were passed over do not count as kept ones and go in time") {
  const original o{14};
  disk_image image = o.image;
  image.erase(table_of(5));
  const auto files = disk_of(image);
  REQUIRE((*open(*files, 2)->load_latest())->manifest().id.value() == 4);
  overwrite(*files, table_of(5), o.image.at(table_of(5)));
  auto store = open(*files, 2);
  REQUIRE(store->load_latest().has_value());
  REQUIRE(take(*store, snapshot_kind::full, {}).has_value());
  CHECK(files->exists(manifest_of(4)));
  REQUIRE(take(*store, snapshot_kind::full, {}).has_value());
  CHECK_FALSE(files->exists(manifest_of(5)));
}

TEST_CASE("a start that passes nothing over writes nothing, nor does a tool") {
  const original o{15};
  auto files = disk_of(o.image);
  REQUIRE(open(*files, 9)->load_latest().has_value());
  CHECK(image_of(*files).at(identity) == o.image.at(identity));
  disk_image image = o.image;
  image.erase(table_of(5));
  files = disk_of(image);
  auto tool = leat::open_checkpoint_store(
      *files, {.directory = "state", .application = {}, .access = leat::store_access::read_only});
  REQUIRE(tool.has_value());
  REQUIRE((*tool)->load_latest().has_value());
  CHECK(image_of(*files) == image);
}

TEST_CASE("a checkpoint of a newer format is refused, not passed over") {
  const original o{8};
  disk_image image = o.image;
  const std::string manifest = content_of(image[manifest_of(5)]);
  image[manifest_of(5)] = seal("leat-manifest", with(manifest, R"("format":1)", R"("format":2)"));
  const auto files = disk_of(image);
  auto store = open(*files);
  const auto loaded = store->load_latest();
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == errc::incompatible);
  CHECK(loaded.error().detail.find("format 2") != std::string::npos);
  CHECK((*store->load(leat::checkpoint_id{4}))->manifest().id.value() == 4);  // on purpose it can be had

  image = o.image;
  image[identity] = seal("leat-state", with(content_of(image[identity]), R"("format":1)", R"("format":9)"));
  CHECK(leat::open_checkpoint_store(*disk_of(image), {.directory = "state", .application = "fraud"}).error().code ==
        errc::incompatible);
}

TEST_CASE("a manifest with a right checksum and wrong content is refused") {
  const original o{9};
  const std::string manifest = content_of(o.image.at(manifest_of(5)));
  struct row {
    const char* from;
    const char* to;
  };
  const row rows[] = {
      {R"("application":"fraud")", R"("application":"anomaly")"},
      {R"("checkpoint":5,"epoch")", R"("checkpoint":4,"epoch")"},
      {R"("epoch":1)", R"("epoch":-1)"},
      {R"("epoch":1)", R"("epoch":1.5)"},
      {R"("epoch":1,)", ""},
      {R"("kind":"changes")", R"("kind":"full")"},
      {R"("kind":"changes")", R"("kind":"some")"},
      {R"("created_ms":1000)", R"("created_ms":"1000")"},
      {R"("max_parallelism":128)", R"("max_parallelism":99999)"},
      {R"("finished":false)", R"("finished":0)"},
      {R"("operators":[)", R"("operators":[[],)"},
      {R"("type":"integer")", R"("type":"decimal")"},
      {R"("key":{)", R"("key":[],"k":{)"},
      {R"("tables":[)", R"("tables":[],"t":[)"},
      {R"("tables":[)", R"("tables":7,"t":[)"},
      {R"("file":"chk-0000000004.sst")", R"("file":"../chk-0000000004.sst")"},
      {R"("checkpoint":4)", R"("checkpoint":6)"},
      {R"("xxh3_128":")", R"("xxh3_128":"x)"},
      {R"("format":1)", R"("format":"1")"},
      {R"({"format":1)", R"({{"format":1)"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.from);
    CAPTURE(r.to);
    disk_image image = o.image;
    image[manifest_of(5)] = seal("leat-manifest", with(manifest, r.from, r.to));
    check_damaged(o, image);
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"type":"list","parts":[)";
  deep += R"({"type":"list"})";
  for (int i = 0; i < 100'000; ++i) deep += "]}";
  disk_image image = o.image;
  image[manifest_of(5)] = seal("leat-manifest", with(manifest, R"({"type":"integer","bits":64})", deep));
  check_damaged(o, image);
}

TEST_CASE("random changes to a manifest's content with a right checksum do no harm") {
  const original o{10};
  const std::string manifest = content_of(o.image.at(manifest_of(5)));
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    leat::random chance{seed};
    std::string text = manifest;
    for (std::uint64_t n = 1 + chance.below(4); n > 0; --n) {
      const std::size_t at = chance.below(text.size());
      switch (chance.below(3)) {
        case 0: text[at] = static_cast<char>(chance.next()); break;
        case 1: text.erase(at, 1 + chance.below(8)); break;
        default: text.insert(at, text.substr(chance.below(text.size()), chance.below(20))); break;
      }
      if (text.empty()) text.push_back(' ');
    }
    disk_image image = o.image;
    image[manifest_of(5)] = seal("leat-manifest", text);
    const auto files = disk_of(image);
    auto store = open(*files, 9);
    auto loaded = store->load_latest();
    if (!loaded) {
      CHECK(loaded.error().code == errc::incompatible);
      continue;
    }
    const std::uint64_t id = (*loaded)->manifest().id.value();
    CAPTURE(id);
    CAPTURE(text);
    CHECK((id == 5 || id == 4));
    static_cast<void>(read(**loaded));
  }
}
