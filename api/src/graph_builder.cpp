#include <leat/graph_builder.hpp>

#include <algorithm>

namespace leat {

node_id graph_builder::add(graph_node node, std::string uid) {
  const auto taken = [this](const std::string& name) {
    return std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const graph_node& n) { return n.uid == name; });
  };
  if (uid.empty())
    for (int i = 1; uid.empty() || taken(uid); ++i) uid = node.kind + "-" + std::to_string(i);
  node.uid = std::move(uid);
  return graph_.add(std::move(node));
}

void graph_builder::make_part(node_id part, node_id whole, std::string tag) {
  parts_.push_back({part, whole, std::move(tag)});
}

node_id graph_builder::side_node(node_id node, const std::string& tag) const {
  const auto emits = [&](const helper& p) { return p.whole == node && !p.tag.empty() && p.tag == tag; };
  const auto it = std::find_if(parts_.begin(), parts_.end(), emits);
  return it == parts_.end() ? node : it->node;
}

void graph_builder::set_parallelism(node_id node, std::uint32_t count) {
  graph_.nodes[node.value()].parallelism = count;
  for (const helper& p : parts_)
    if (p.whole == node) graph_.nodes[p.node.value()].parallelism = count;
}

std::uint32_t graph_builder::side_port(node_id node, const std::string& tag) {
  auto& sides = graph_.nodes[node.value()].side_outputs;
  const auto it = std::find(sides.begin(), sides.end(), tag);
  const auto index = static_cast<std::uint32_t>(it - sides.begin());
  if (it == sides.end()) sides.push_back(tag);
  return index + 1;
}

}  // namespace leat
