#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <leat/core/batch.hpp>
#include <leat/core/ids.hpp>
#include <leat/core/snapshot.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// A barrier: everything before it in its channel belongs to the checkpoint, nothing behind it does.
struct barrier {
  checkpoint_id id;
  snapshot_kind kind = snapshot_kind::full;
};

/// One element of a channel, as it travels: records, then a watermark, then a status, then a barrier; any of them may
/// be absent. A watermark rides behind a batch, so that it costs no message of its own.
struct element {
  channel_index channel;  ///< as the receiver counts
  leat::epoch epoch;
  batch_ptr records;
  std::optional<watermark> advanced;
  std::optional<stream_status> status;
  std::optional<leat::barrier> barrier;
};

/// The way back: batches that have been processed and emptied, each of them one credit.
struct credit {
  std::uint32_t output_channel = 0;  ///< as the sender of the batches counts
  leat::epoch epoch;
  std::vector<batch_ptr> emptied;
};

}  // namespace leat
