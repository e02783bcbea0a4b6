#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <leat/core/codec.hpp>
#include <leat/core/ids.hpp>
#include <leat/core/key_group.hpp>
#include <leat/core/schema.hpp>

namespace leat {

/// What the records of a chunk are. On disk: never renumbered.
enum class chunk_kind : std::uint8_t {
  /// [key group, key, nil or [bits, value...]]: one key's state, replacing what earlier chunks say about the key. Bit i of
  /// `bits`: state i of the schema has a value, which follows in that order; nil: the key has no state any more.
  keyed = 1,
  operator_state = 2,  ///< whatever the operator wrote; every subtask is handed all of it at restore
};

/// Everything, or only what changed since the checkpoint before.
enum class snapshot_kind : std::uint8_t { full, changes };

/// The unit in which snapshots travel: at most 1 MiB unless a single record is larger.
inline constexpr std::size_t chunk_size_bytes = std::size_t{1} << 20;

/// A piece of one subtask's snapshot: complete msgpack records one after the other.
struct snapshot_chunk {
  std::string uid;         ///< of the operator
  subtask_index subtask;   ///< who wrote it
  key_group_range groups;  ///< whose keys are in it
  chunk_kind kind = chunk_kind::keyed;
  std::string bytes;
};

/// Takes the chunks of a snapshot. Implemented by the subtask, which sends them to a store.
class snapshot_sink {
 public:
  virtual ~snapshot_sink() = default;
  virtual void take(chunk_kind kind, std::string bytes) = 0;
};

/// Packs records into chunks.
class chunk_builder {
 public:
  chunk_builder(snapshot_sink& to, chunk_kind kind) : to_(&to), kind_(kind) {}

  /// Where to write the next record's values.
  [[nodiscard]] encoder& begin() { return encoder_; }
  /// Ends the record; hands the chunk over once it is large enough.
  void end() {
    if (encoder_.size() >= chunk_size_bytes - chunk_size_bytes / 16) flush();
  }
  void flush() {
    if (encoder_.size() > 0) to_->take(kind_, encoder_.take());
  }

 private:
  snapshot_sink* to_;
  chunk_kind kind_;
  encoder encoder_;
};

/// One state of an operator as a checkpoint remembers it.
struct state_schema {
  std::string name;
  std::string shape;  ///< "value", "list", "map" …
  schema type;
  bool operator==(const state_schema&) const = default;
};

/// What an operator stores; kept once per checkpoint.
struct operator_schema {
  std::string uid;
  std::optional<schema> key;         ///< of keyed operators
  std::vector<state_schema> states;  ///< keyed states, in slot order
  bool operator==(const operator_schema&) const = default;
};

}  // namespace leat
