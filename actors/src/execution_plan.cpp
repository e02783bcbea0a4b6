#include <leat/actors/execution_plan.hpp>

#include <leat/core/assert.hpp>

#include <algorithm>

namespace leat {
namespace {

std::uint32_t parallelism_of(const graph_node& n, std::uint32_t job) { return n.parallelism.value_or(job); }

bool can_chain(const job_graph& graph, const graph_edge& e, std::uint32_t parallelism) {
  const auto& from = graph.nodes[e.from.value()];
  const auto& to = graph.nodes[e.to.value()];
  const auto inputs =
      std::count_if(graph.edges.begin(), graph.edges.end(), [&](const graph_edge& o) { return o.to == e.to; });
  return e.how == partitioning::forward && inputs == 1 && !to.blocking && !to.resumes &&
         parallelism_of(from, parallelism) == parallelism_of(to, parallelism);
}

}  // namespace

std::size_t execution_plan::task_of(node_id n) const {
  for (std::size_t t = 0; t < tasks.size(); ++t)
    if (std::find(tasks[t].chain.begin(), tasks[t].chain.end(), n) != tasks[t].chain.end()) return t;
  LEAT_ASSERT(false, "every operator belongs to a task");
}

result<execution_plan> make_plan(const job_graph& graph, std::uint32_t parallelism, std::uint32_t max_parallelism) {
  LEAT_CHECK(graph.validate(max_parallelism));
  execution_plan plan;
  plan.max_parallelism = max_parallelism;
  std::vector<std::size_t> task_of_node(graph.nodes.size());
  for (const auto& node : graph.nodes) {
    const auto chained = std::find_if(graph.edges.begin(), graph.edges.end(), [&](const graph_edge& e) {
      return e.to == node.id && can_chain(graph, e, parallelism);
    });
    if (chained == graph.edges.end()) {
      plan.tasks.push_back({{}, parallelism_of(node, parallelism), false, node.source, {}});
      task_of_node[node.id.value()] = plan.tasks.size() - 1;
    } else {
      task_of_node[node.id.value()] = task_of_node[chained->from.value()];
    }
    auto& task = plan.tasks[task_of_node[node.id.value()]];
    task.name += (task.chain.empty() ? "" : " -> ") + node.uid;
    task.chain.push_back(node.id);
    task.detached = task.detached || node.blocking;
  }
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const auto& e = graph.edges[i];
    const std::size_t from = task_of_node[e.from.value()];
    const std::size_t to = task_of_node[e.to.value()];
    if (from == to && can_chain(graph, e, parallelism)) continue;
    const bool same = plan.tasks[from].parallelism == plan.tasks[to].parallelism;
    plan.links.push_back({i, from, to, e.how == partitioning::forward && same});
  }
  return plan;
}

}  // namespace leat
