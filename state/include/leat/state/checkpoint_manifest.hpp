#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <leat/core/ids.hpp>
#include <leat/core/snapshot.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// Version of what a checkpoint consists of: manifest, tables and the records in the chunks.
/// On disk: raised with every change that an older reader would misunderstand. A newer one is
/// refused as incompatible, never guessed at.
inline constexpr std::uint32_t checkpoint_format = 1;

/// An operator that has state in a checkpoint.
struct stored_operator {
  operator_schema schema;
  std::uint32_t parallelism = 1;  ///< when the checkpoint was taken
  bool operator==(const stored_operator&) const = default;
};

/// A file of chunks, written by one checkpoint and never changed; the checkpoints that build on it
/// share it.
struct table_file {
  std::string name;  ///< within the directory of the checkpoints
  checkpoint_id checkpoint;
  std::uint64_t size_bytes = 0;
  std::string digest;  ///< of the whole file: XXH3-128, 32 hexadecimal digits
  bool operator==(const table_file&) const = default;
};

/// What makes table files a checkpoint. Written last; docs/reference/checkpoint-format.md has its
/// form on disk.
struct checkpoint_manifest {
  std::string application;
  checkpoint_id id;
  leat::epoch epoch;
  snapshot_kind kind = snapshot_kind::full;
  processing_time created;
  std::uint32_t max_parallelism = 128;
  bool finished = false;                   ///< the last checkpoint of finite input: nothing is left to do
  std::vector<stored_operator> operators;  ///< in the order of the job graph
  std::vector<table_file> tables;          ///< oldest first: a full checkpoint's, then the changes since
  bool operator==(const checkpoint_manifest&) const = default;

  /// Bytes of all tables together.
  [[nodiscard]] std::uint64_t size_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& t : tables) sum += t.size_bytes;
    return sum;
  }
};

}  // namespace leat
