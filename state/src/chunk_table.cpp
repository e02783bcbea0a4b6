#include "chunk_table.hpp"

#include <leat/core/assert.hpp>
#include <leat/core/key_group.hpp>

#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <array>
#include <limits>
#include <utility>

#include "checkpoint_files.hpp"
#include "digest.hpp"
#include "table_disk.hpp"

namespace leat {
namespace {

/// On disk: the key of the entry that describes the table. Sorts behind every arrival number.
constexpr std::uint64_t contents_number = std::numeric_limits<std::uint64_t>::max();

/// A larger chunk would bring RocksDB's 4 GiB blocks near.
constexpr std::size_t chunk_bytes_max = std::size_t{1} << 30;

/// A block ends once it has this many bytes, so a chunk of full size has one of its own and small
/// ones share.
constexpr std::size_t block_size_bytes = 64 << 10;

/// Bytes per read while a file is verified.
constexpr std::size_t verify_step_bytes = 256 << 10;

/// An arrival number as key: 8 bytes, most significant first, so that the order of keys is the
/// order of arrival.
std::array<char, 8> to_key(std::uint64_t number) {
  std::array<char, 8> key{};
  for (std::size_t i = key.size(); i-- > 0; number >>= 8) key[i] = static_cast<char>(number & 0xFF);
  return key;
}

rocksdb::Slice slice_of(const std::array<char, 8>& key) { return {key.data(), key.size()}; }

rocksdb::Options table_options(rocksdb::Env& env) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = block_size_bytes;
  table.no_block_cache = true;  // every chunk is read once
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  rocksdb::Options options;
  options.env = &env;
  options.compression = rocksdb::kNoCompression;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.db_host_id.clear();  // nothing of this machine in the file
  return options;
}

/// What went wrong: the disk's own error if there was one, else what RocksDB says about the file.
error explain(const table_disk& disk, const rocksdb::Status& s, const std::string& path) {
  if (disk.failure()) return *disk.failure();
  return {s.IsIOError() ? errc::io : errc::corrupt, path + ": " + s.ToString()};
}

}  // namespace

struct chunk_table_writer::engine {
  explicit engine(file_system& files)
      : disk(std::make_shared<table_disk>(files)),
        env(rocksdb::NewCompositeEnv(disk)),
        writer(rocksdb::EnvOptions{}, table_options(*env), nullptr, false) {}

  std::shared_ptr<table_disk> disk;
  std::unique_ptr<rocksdb::Env> env;
  rocksdb::SstFileWriter writer;
};

chunk_table_writer::chunk_table_writer(std::string path, checkpoint_id id, std::unique_ptr<engine> e)
    : path_(std::move(path)), id_(id), engine_(std::move(e)) {}

chunk_table_writer::~chunk_table_writer() = default;

result<std::unique_ptr<chunk_table_writer>> chunk_table_writer::create(file_system& files, std::string directory,
                                                                       checkpoint_id id) {
  std::string path = join_path(directory, table_name(id));
  auto e = std::make_unique<engine>(files);
  if (const auto s = e->writer.Open(path); !s.ok()) return explain(*e->disk, s, path);
  return std::unique_ptr<chunk_table_writer>{new chunk_table_writer{std::move(path), id, std::move(e)}};
}

result<void> chunk_table_writer::put(std::uint64_t number, std::string_view value) {
  const auto key = to_key(number);
  const auto s = engine_->writer.Put(slice_of(key), {value.data(), value.size()});
  if (!s.ok()) return explain(*engine_->disk, s, path_);
  return {};
}

result<void> chunk_table_writer::add(const snapshot_chunk& chunk) {
  LEAT_ASSERT(chunk.groups.first <= chunk.groups.last && chunk.groups.last < key_group_limit,
              "not a range of key groups");
  if (chunk.bytes.size() > chunk_bytes_max)
    return error{errc::invalid_argument, path_ + ": a chunk of operator '" + chunk.uid + "' has " +
                                             std::to_string(chunk.bytes.size()) + " bytes; at most 1 GiB is possible"};
  const auto [known, is_new] = index_of_uid_.try_emplace(chunk.uid, uids_.size());
  if (is_new) uids_.push_back(chunk.uid);
  LEAT_CHECK(put(chunks_.size(), chunk.bytes));
  chunks_.push_back({.operator_index = known->second,
                     .subtask = chunk.subtask,
                     .groups = chunk.groups,
                     .kind = chunk.kind,
                     .size_bytes = chunk.bytes.size(),
                     .digest = short_digest_of(chunk.bytes)});
  return {};
}

result<table_file> chunk_table_writer::finish(const std::vector<stored_operator>& operators) {
  std::unordered_map<std::string, std::size_t> place;
  for (const auto& o : operators) place.emplace(o.schema.uid, place.size());
  if (place.size() != operators.size())
    return error{errc::invalid_argument, path_ + ": two operators have the same uid"};
  for (auto& c : chunks_) {
    const auto found = place.find(uids_[c.operator_index]);
    if (found == place.end())
      return error{errc::invalid_argument, path_ + ": there are chunks of operator '" + uids_[c.operator_index] +
                                               "', which is not one of the checkpoint's operators"};
    c.operator_index = found->second;
  }
  LEAT_TRY(contents, to_json(table_contents{id_, operators, std::move(chunks_)}));
  LEAT_CHECK(put(contents_number, contents));
  if (const auto s = engine_->writer.Finish(); !s.ok()) return explain(*engine_->disk, s, path_);
  return table_file{table_name(id_), id_, engine_->disk->written_bytes(), engine_->disk->written_digest()};
}

struct chunk_table_reader::engine {
  explicit engine(file_system& files)
      : disk(std::make_shared<table_disk>(files)), env(rocksdb::NewCompositeEnv(disk)), reader(table_options(*env)) {}

  std::unique_ptr<rocksdb::Iterator> iterate() {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    return std::unique_ptr<rocksdb::Iterator>{reader.NewIterator(options)};
  }

  std::shared_ptr<table_disk> disk;
  std::unique_ptr<rocksdb::Env> env;
  rocksdb::SstFileReader reader;
};

chunk_table_reader::chunk_table_reader(std::string path, std::unique_ptr<engine> e)
    : path_(std::move(path)), engine_(std::move(e)) {}

chunk_table_reader::~chunk_table_reader() = default;

result<std::unique_ptr<chunk_table_reader>> chunk_table_reader::open(file_system& files, const std::string& directory,
                                                                     const table_file& table) {
  const std::string path = join_path(directory, table.name);
  auto e = std::make_unique<engine>(files);
  if (const auto s = e->reader.Open(path); !s.ok()) return explain(*e->disk, s, path);
  const auto entries = e->iterate();
  const auto key = to_key(contents_number);
  entries->Seek(slice_of(key));
  if (!entries->Valid()) {
    if (!entries->status().ok()) return explain(*e->disk, entries->status(), path);
    return error{errc::corrupt, path + ": lacks the entry that says what is in it"};
  }
  LEAT_TRY(contents, contents_from_json(entries->value().ToStringView(), path));
  if (contents.checkpoint != table.checkpoint)
    return error{errc::corrupt,
                 path + ": says that it belongs to checkpoint " + std::to_string(contents.checkpoint.value())};
  std::unique_ptr<chunk_table_reader> reader{new chunk_table_reader{path, std::move(e)}};
  reader->contents_ = std::move(contents);
  return reader;
}

result<void> chunk_table_reader::for_each(
    const std::function<bool(const chunk_entry&)>& wanted,
    const std::function<result<void>(const snapshot_chunk&, const operator_schema&)>& take) {
  const auto entries = engine_->iterate();
  snapshot_chunk chunk;
  bool in_place = false;  // whether the iterator stands at `number`
  for (std::uint64_t number = 0; number < contents_.chunks.size(); ++number) {
    const chunk_entry& c = contents_.chunks[number];
    if (!wanted(c)) {
      in_place = false;
      continue;
    }
    const auto key = to_key(number);
    if (!in_place) entries->Seek(slice_of(key));
    if (!entries->status().ok()) return explain(*engine_->disk, entries->status(), path_);
    if (!entries->Valid() || entries->key() != slice_of(key))
      return error{errc::corrupt, path_ + ": lacks chunk " + std::to_string(number)};
    const std::string_view bytes = entries->value().ToStringView();
    if (bytes.size() != c.size_bytes || short_digest_of(bytes) != c.digest)
      return error{errc::corrupt, path_ + ": chunk " + std::to_string(number) + " does not match its checksum"};
    const operator_schema& schema = contents_.operators[c.operator_index].schema;
    chunk.uid = schema.uid;
    chunk.subtask = c.subtask;
    chunk.groups = c.groups;
    chunk.kind = c.kind;
    chunk.bytes.assign(bytes);
    LEAT_CHECK(take(chunk, schema));
    entries->Next();
    in_place = true;
  }
  return {};
}

result<void> verify_table(file_system& files, const std::string& directory, const table_file& table) {
  const std::string path = join_path(directory, table.name);
  const auto found = files.size(path);
  if (!found && found.error().code == errc::not_found) return error{errc::not_found, path + ": is missing"};
  if (!found) return found.error();
  const std::uint64_t size = *found;
  if (size != table.size_bytes)
    return error{errc::corrupt, path + ": has " + std::to_string(size) + " bytes; the manifest says " +
                                    std::to_string(table.size_bytes)};
  LEAT_TRY(file, files.open(path));
  digest sum;
  std::string buffer(verify_step_bytes, '\0');
  for (std::uint64_t offset = 0; offset < size;) {
    const auto count = file->read(offset, buffer.data(), buffer.size());
    if (!count) return error{errc::corrupt, path + ": cannot be read: " + count.error().detail};
    if (*count == 0) return error{errc::corrupt, path + ": ends at byte " + std::to_string(offset)};
    sum.add({buffer.data(), *count});
    offset += *count;
  }
  if (sum.hex() != table.digest) return error{errc::corrupt, path + ": does not match the checksum in the manifest"};
  return {};
}

}  // namespace leat
