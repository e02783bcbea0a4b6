#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <leat/core/ids.hpp>
#include <leat/core/partitioner.hpp>
#include <leat/core/result.hpp>
#include <leat/core/stream_operator.hpp>

namespace leat {

/// How an edge spreads records over the receiving subtasks.
enum class partitioning {
  forward,    ///< subtask i to subtask i; becomes a chain where nothing forbids it
  hash,       ///< by key group
  rebalance,  ///< batches in turn
  broadcast,  ///< every record to every subtask
};

/// An operator as written.
struct graph_node {
  node_id id{};
  std::string uid;                           ///< ties state to the operator; unique in the job
  std::string kind;                          ///< for people: "source", "map", "process", "sink" …
  std::optional<std::uint32_t> parallelism;  ///< empty: the job's
  bool source = false;
  bool sink = false;
  bool blocking = false;  ///< may wait for a disk or a broker: gets a thread of its own
  bool resumes = false;  ///< waits for what other threads bring: begins a task of its own, so that only its input waits
  std::string pace_group;                 ///< of a source that waits for others; empty: none
  std::vector<std::string> side_outputs;  ///< tag names, in port order from 1
  std::function<std::unique_ptr<stream_operator>()> make;
};

/// A stream between two operators.
struct graph_edge {
  node_id from{};
  std::uint32_t port = 0;  ///< 0: main output; i: side output i - 1
  node_id to{};
  std::uint32_t input = 0;
  partitioning how = partitioning::forward;
  std::function<std::unique_ptr<partitioner>(std::uint32_t max_parallelism)> make_partitioner;
  std::function<batch_ptr(std::size_t capacity)> make_batch;
  std::size_t record_size_bytes = 0;
};

/// The job graph: operators and edges as written, before parallelism.
struct job_graph {
  std::vector<graph_node> nodes;  ///< nodes[i].id == i; every edge leads from a lower to a higher id
  std::vector<graph_edge> edges;

  node_id add(graph_node node);
  void connect(graph_edge edge);

  /// Unique uids, at least one source, no source with inputs, every operator reachable, parallelism within limits.
  /// Errors: invalid_argument, naming the operator and what to change.
  [[nodiscard]] result<void> validate(std::uint32_t max_parallelism) const;
};

}  // namespace leat
