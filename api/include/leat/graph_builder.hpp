#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <leat/core/graph.hpp>

namespace leat {

/// Collects the job graph while an application describes it.
class graph_builder {
 public:
  /// Adds an operator. An empty uid becomes the kind and a number ("map-2"), which is enough for operators without
  /// state; operators with state must be named, so that their state finds them again.
  node_id add(graph_node node, std::string uid);

  /// Adds an edge for records of type T.
  template <class T>
  void connect(node_id from, std::uint32_t port, node_id to, std::uint32_t input, partitioning how,
               std::function<std::unique_ptr<partitioner>(std::uint32_t)> make_partitioner) {
    graph_edge e;
    e.from = from;
    e.port = port;
    e.to = to;
    e.input = input;
    e.how = how;
    e.make_partitioner = std::move(make_partitioner);
    e.make_batch = [](std::size_t capacity) -> batch_ptr { return std::make_shared<batch<T>>(capacity); };
    e.record_size_bytes = sizeof(T);
    graph_.connect(std::move(e));
  }

  /// Makes an operator part of another that stands behind it: it shares its parallelism, and emits to `tag` in its
  /// place if `tag` is not empty.
  void make_part(node_id part, node_id whole, std::string tag);

  /// The operator that emits to a tag: the node itself, or a part of it.
  [[nodiscard]] node_id side_node(node_id node, const std::string& tag) const;
  /// The port of a side output, made if it is new.
  [[nodiscard]] std::uint32_t side_port(node_id node, const std::string& tag);
  void set_pace_group(node_id source, std::string group) { graph_.nodes[source.value()].pace_group = std::move(group); }
  void set_parallelism(node_id node, std::uint32_t count);

  [[nodiscard]] const job_graph& graph() const { return graph_; }

 private:
  struct helper {
    node_id node;
    node_id whole;
    std::string tag;
  };
  job_graph graph_;
  std::vector<helper> parts_;
};

}  // namespace leat
