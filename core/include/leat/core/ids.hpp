#pragma once

#include <cstdint>

#include <leat/core/strong.hpp>

namespace leat {

/// Number of a checkpoint; grows by one with every attempt to take one, never used twice in a state directory.
using checkpoint_id = strong<std::uint64_t, struct checkpoint_id_tag>;

/// Which execution attempt a message belongs to; raised with every restart. What carries an old one is ignored.
using epoch = strong<std::uint64_t, struct epoch_tag>;

/// Which of an operator's parallel instances, from 0.
using subtask_index = strong<std::uint32_t, struct subtask_index_tag>;

/// A node of the job graph, in order of creation.
using node_id = strong<std::uint32_t, struct node_id_tag>;

/// A channel as its receiver counts it, from 0.
using channel_index = strong<std::uint32_t, struct channel_index_tag>;

}  // namespace leat
