#include <leat/core/graph.hpp>

#include <doctest/doctest.h>

#include <functional>

namespace {

using leat::graph_edge;
using leat::graph_node;
using leat::job_graph;
using leat::node_id;

graph_node node(const char* uid, const char* kind) {
  graph_node n;
  n.uid = uid;
  n.kind = kind;
  n.source = n.kind == "source";
  n.sink = n.kind == "sink";
  n.make = [] { return std::unique_ptr<leat::stream_operator>{}; };
  return n;
}

graph_edge edge(node_id from, node_id to, std::uint32_t port = 0) {
  graph_edge e;
  e.from = from;
  e.to = to;
  e.port = port;
  return e;
}

/// orders → late (side output "late") → out
job_graph a_job() {
  job_graph g;
  const node_id source = g.add(node("orders", "source"));
  graph_node process = node("late", "process");
  process.side_outputs = {"late"};
  const node_id middle = g.add(std::move(process));
  const node_id sink = g.add(node("out", "sink"));
  g.connect(edge(source, middle));
  g.connect(edge(middle, sink, 1));
  return g;
}

}  // namespace

TEST_CASE("operators are numbered as they are added") {
  const job_graph g = a_job();
  for (std::uint32_t i = 0; i < g.nodes.size(); ++i) CHECK(g.nodes[i].id == node_id{i});
  CHECK(g.edges.size() == 2);
  CHECK(g.validate(128));
}

TEST_CASE("what is wrong with a job is said in its own words") {
  struct row {
    const char* reason;
    std::function<void(job_graph&)> spoil;
  };
  const auto add = [](job_graph& g, const char* uid, const char* kind) { return g.add(node(uid, kind)); };
  for (const row& r : std::vector<row>{
           {"process number 1 has no uid", [](job_graph& g) { g.nodes[1].uid.clear(); }},
           {"two operators have the uid 'orders', a source and a sink",
            [](job_graph& g) { g.nodes[2].uid = "orders"; }},
           {"the job has no source", [](job_graph& g) { g.nodes[0].source = false; }},
           {"the job has no source", [](job_graph& g) { g = job_graph{}; }},
           {"sink 'out' has no operator to run", [](job_graph& g) { g.nodes[2].make = nullptr; }},
           {"source 'second' is a source and takes no input, but source 'orders' leads into it",
            [&](job_graph& g) { g.connect(edge(node_id{0}, add(g, "second", "source"))); }},
           {"sink 'out' is a sink and has no output",
            [&](job_graph& g) { g.connect(edge(node_id{2}, add(g, "x", "map"))); }},
           {"map 'lost' has no input that leads back to a source", [&](job_graph& g) { add(g, "lost", "map"); }},
           {"map 'lost' has no input that leads back",
            [&](job_graph& g) {
              const node_id lost = add(g, "lost", "map");
              g.connect(edge(lost, add(g, "lost too", "map")));
            }},
           {"from process 'late' to process 'late' leads backwards",
            [](job_graph& g) { g.connect(edge(node_id{1}, node_id{1})); }},
           {"leads backwards", [](job_graph& g) { g.connect(edge(node_id{2}, node_id{1})); }},
           {"but there are only 3", [](job_graph& g) { g.connect(edge(node_id{0}, node_id{9})); }},
           {"has only the main output and 1 side outputs", [](job_graph& g) { g.edges[1].port = 2; }},
           {"source 'orders' has parallelism 0", [](job_graph& g) { g.nodes[0].parallelism = 0; }},
           {"parallelism 129, more than the job's max parallelism 128",
            [](job_graph& g) { g.nodes[1].parallelism = 129; }},
       }) {
    CAPTURE(r.reason);
    job_graph g = a_job();
    r.spoil(g);
    const auto valid = g.validate(128);
    REQUIRE_FALSE(valid);
    CHECK(valid.error().code == leat::errc::invalid_argument);
    CAPTURE(valid.error().detail);
    CHECK(valid.error().detail.find(r.reason) != std::string::npos);
  }
}

TEST_CASE("limits of parallelism") {
  job_graph g = a_job();
  g.nodes[1].parallelism = 128;
  CHECK(g.validate(128));
  CHECK(g.validate(32768));
  CHECK_FALSE(g.validate(127));
  CHECK_FALSE(g.validate(0));
  CHECK_FALSE(g.validate(32769));
}
