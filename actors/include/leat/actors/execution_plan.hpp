#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <leat/core/graph.hpp>
#include <leat/core/result.hpp>

namespace leat {

/// Operators that run together in each subtask, in an order in which every operator comes behind its input.
struct planned_task {
  std::vector<node_id> chain;
  std::uint32_t parallelism = 1;
  bool detached = false;  ///< needs a thread of its own because an operator may block
  bool source = false;
  std::string name;  ///< "detector -> alarms"
};

/// An edge between two tasks. Channels lead from every sending to every receiving subtask; in a forward link, only to
/// the one with the same index.
struct planned_link {
  std::size_t edge = 0;  ///< index into the job graph's edges
  std::size_t from = 0;  ///< indices of tasks
  std::size_t to = 0;
  bool one_to_one = false;
};

/// The execution graph: the job graph at a parallelism, chained into tasks.
struct execution_plan {
  std::vector<planned_task> tasks;
  std::vector<planned_link> links;
  std::uint32_t max_parallelism = 128;

  /// Which task an operator runs in.
  [[nodiscard]] std::size_t task_of(node_id n) const;
};

/// Chains operators along forward edges of equal parallelism, unless the receiver has other inputs or may block.
/// Errors: what job_graph::validate finds.
[[nodiscard]] result<execution_plan> make_plan(const job_graph& graph, std::uint32_t parallelism,
                                               std::uint32_t max_parallelism);

}  // namespace leat
