#pragma once

#include <leat/core/memory_file_system.hpp>
#include <leat/state/checkpoint_store.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// What the tests of the checkpoint store share: a model of the state that checkpoints carry.

namespace store_fixture {

inline constexpr const char* state_directory = "state";

/// One chunk and the name of the first state it was written under, to tell schemas apart.
struct read_chunk {
  std::string uid;
  std::uint32_t subtask = 0;
  leat::chunk_kind kind = leat::chunk_kind::keyed;
  std::string bytes;
  std::string state_name;
  bool operator==(const read_chunk&) const = default;
};

inline leat::schema integer_schema() { return {leat::schema::kind::integer, {}, 64, {}}; }

inline leat::stored_operator keyed_operator(const std::string& uid, const std::string& state = "sum") {
  return {{uid, integer_schema(), {{state, "value", integer_schema()}}}, 2};
}

inline leat::snapshot_chunk chunk(const std::string& uid, std::uint32_t subtask, std::string bytes,
                                  leat::chunk_kind kind = leat::chunk_kind::keyed) {
  return {uid, leat::subtask_index{subtask}, {subtask * 64, subtask * 64 + 63}, kind, std::move(bytes)};
}

inline std::unique_ptr<leat::checkpoint_store> open(leat::file_system& files, std::size_t retained = 3) {
  auto store =
      leat::open_checkpoint_store(files, {.directory = state_directory, .application = "fraud", .retained = retained});
  REQUIRE_MESSAGE(store.has_value(), store.error().message());
  return std::move(*store);
}

inline leat::checkpoint_info info(leat::snapshot_kind kind, std::uint64_t epoch = 1) {
  return {.kind = kind, .epoch = leat::epoch{epoch}, .created = leat::processing_time{1000}, .max_parallelism = 128};
}

/// Everything that a checkpoint hands back.
inline leat::result<std::vector<read_chunk>> read(leat::loaded_checkpoint& from) {
  std::vector<read_chunk> all;
  LEAT_CHECK(from.for_each_chunk([&all](const leat::snapshot_chunk& c, const leat::operator_schema& s) {
    all.push_back({c.uid, c.subtask.value(), c.kind, c.bytes, s.states.empty() ? "" : s.states.front().name});
    return leat::result<void>{};
  }));
  return all;
}

/// All chunks' bytes, one after the other.
inline std::string texts(leat::loaded_checkpoint& from) {
  const auto chunks = read(from);
  REQUIRE_MESSAGE(chunks.has_value(), chunks.error().message());
  std::string all;
  for (const auto& c : *chunks) all += c.bytes;
  return all;
}

/// Takes a checkpoint of these chunks.
inline leat::result<leat::checkpoint_summary> take(leat::checkpoint_store& store, leat::snapshot_kind kind,
                                                   const std::vector<leat::snapshot_chunk>& chunks,
                                                   std::vector<leat::stored_operator> operators = {
                                                       keyed_operator("detector")}) {
  LEAT_TRY(writer, store.begin(info(kind)));
  for (const auto& c : chunks) LEAT_CHECK(writer->add(c));
  return writer->commit(std::move(operators), false);
}

}  // namespace store_fixture
