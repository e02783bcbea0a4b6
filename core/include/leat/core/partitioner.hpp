#pragma once

#include <cstdint>

#include <leat/core/batch.hpp>

namespace leat {

/// The outgoing channels of one edge, as a partitioner sees them. A channel always has an open batch with room.
class channel_set {
 public:
  virtual ~channel_set() = default;

  [[nodiscard]] virtual std::uint32_t count() const = 0;
  /// The batch being filled for a channel.
  [[nodiscard]] virtual batch_base& open(std::uint32_t channel) = 0;
  /// Closes the full open batch and returns its successor.
  virtual batch_base& next(std::uint32_t channel) = 0;
  /// Sends a whole batch down a channel, behind what is open; `b` becomes an empty batch of the same type.
  virtual void give(std::uint32_t channel, batch_ptr& b) = 0;
};

/// Picks the output channel of each record of an edge.
/// Threading: one subtask; it may keep state such as a round-robin position.
class partitioner {
 public:
  virtual ~partitioner() = default;
  /// Moves the records of `b` to channels; leaves an empty batch of the same type.
  virtual void route(batch_ptr& b, channel_set& to) = 0;
};

}  // namespace leat
