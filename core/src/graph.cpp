#include <leat/core/graph.hpp>

#include <leat/core/assert.hpp>
#include <leat/core/key_group.hpp>

#include <algorithm>
#include <map>
#include <string_view>

namespace leat {
namespace {

error invalid(std::string detail) { return {errc::invalid_argument, std::move(detail)}; }

/// "source 'orders'", or "map number 3" while it has no uid.
std::string called(const graph_node& n) {
  const std::string kind = n.kind.empty() ? "operator" : n.kind;
  return n.uid.empty() ? kind + " number " + std::to_string(n.id.value()) : kind + " '" + n.uid + "'";
}

result<void> check_uids(const job_graph& g) {
  std::map<std::string_view, const graph_node*> seen;
  for (const graph_node& n : g.nodes) {
    if (n.uid.empty()) return invalid(called(n) + " has no uid; give it one, its state is found again by it");
    const auto [before, fresh] = seen.emplace(n.uid, &n);
    if (!fresh) {
      return invalid("two operators have the uid '" + n.uid + "', a " + before->second->kind + " and a " + n.kind +
                     "; state is tied to the uid, so give one of them another");
    }
  }
  return {};
}

result<void> check_parallelism(const job_graph& g, std::uint32_t max_parallelism) {
  if (max_parallelism < 1 || max_parallelism > key_group_limit) {
    return invalid("max parallelism " + std::to_string(max_parallelism) + " is outside [1, " +
                   std::to_string(key_group_limit) + "]");
  }
  for (const graph_node& n : g.nodes) {
    if (!n.parallelism) continue;
    if (*n.parallelism == 0) return invalid(called(n) + " has parallelism 0; it needs at least one subtask");
    if (*n.parallelism > max_parallelism) {
      return invalid(called(n) + " has parallelism " + std::to_string(*n.parallelism) +
                     ", more than the job's max parallelism " + std::to_string(max_parallelism) +
                     "; lower the one or start a new job with a higher other");
    }
  }
  return {};
}

result<void> check_operators(const job_graph& g) {
  for (const graph_node& n : g.nodes) {
    if (!n.mistake.empty()) return invalid(called(n) + ": " + n.mistake);
    if (!n.make) return invalid(called(n) + " has no operator to run; set graph_node::make");
  }
  const auto is_source = [](const graph_node& n) { return n.source; };
  if (std::any_of(g.nodes.begin(), g.nodes.end(), is_source)) return {};
  return invalid("the job has no source; begin a stream with application::from(source)");
}

result<void> check_edge(const job_graph& g, const graph_edge& e) {
  const std::size_t count = g.nodes.size();
  if (e.from.value() >= count || e.to.value() >= count) {
    return invalid("an edge leads from operator " + std::to_string(e.from.value()) + " to " +
                   std::to_string(e.to.value()) + ", but there are only " + std::to_string(count));
  }
  const graph_node& from = g.nodes[e.from.value()];
  const graph_node& to = g.nodes[e.to.value()];
  if (e.from >= e.to) {
    return invalid("the edge from " + called(from) + " to " + called(to) +
                   " leads backwards; add an operator after those it reads from");
  }
  if (to.source) return invalid(called(to) + " is a source and takes no input, but " + called(from) + " leads into it");
  if (from.sink) return invalid(called(from) + " is a sink and has no output, but leads into " + called(to));
  if (e.port > from.side_outputs.size()) {
    return invalid(called(to) + " reads output " + std::to_string(e.port) + " of " + called(from) +
                   ", which has only the main output and " + std::to_string(from.side_outputs.size()) +
                   " side outputs; declare the side output's tag");
  }
  return {};
}

/// Edges lead upwards, so one pass in order of creation reaches everything.
result<void> check_reachability(const job_graph& g) {
  std::vector<bool> reached(g.nodes.size());
  for (const graph_node& n : g.nodes) reached[n.id.value()] = n.source;
  for (const graph_node& n : g.nodes) {
    for (const graph_edge& e : g.edges) {
      if (e.to == n.id && reached[e.from.value()]) reached[n.id.value()] = true;
    }
    if (!reached[n.id.value()]) {
      return invalid(called(n) + " has no input that leads back to a source; connect it or remove it");
    }
  }
  return {};
}

}  // namespace

node_id job_graph::add(graph_node node) {
  node.id = node_id{static_cast<std::uint32_t>(nodes.size())};
  nodes.push_back(std::move(node));
  return nodes.back().id;
}

void job_graph::connect(graph_edge edge) { edges.push_back(std::move(edge)); }

result<void> job_graph::validate(std::uint32_t max_parallelism) const {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    LEAT_ASSERT(nodes[i].id.value() == i, "operators are added by job_graph::add, which numbers them");
  }
  LEAT_CHECK(check_operators(*this));
  LEAT_CHECK(check_uids(*this));
  LEAT_CHECK(check_parallelism(*this, max_parallelism));
  for (const graph_edge& e : edges) LEAT_CHECK(check_edge(*this, e));
  return check_reachability(*this);
}

}  // namespace leat
