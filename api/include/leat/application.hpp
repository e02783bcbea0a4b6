#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <leat/cluster/job_options.hpp>
#include <leat/cluster/job_status.hpp>
#include <leat/command.hpp>
#include <leat/core/result.hpp>
#include <leat/graph_builder.hpp>
#include <leat/stream.hpp>

namespace leat {

/// A stateful, event-driven application: its streams, and its command line.
///
/// Either describe the streams directly on the application, or add commands and describe each one's streams in its
/// graph function. Then hand over to main:
///
///     leat::application app{"fraud", "Raises alerts for card payments."};
///     app.source("payments", leat::csv_files<payment>("payments/"))
///        .event_time(&payment::at, leat::bounded_out_of_orderness(5s))
///        .key_by(&payment::card)
///        .process<fraud_detector>("detector")
///        .sink("alerts", leat::csv_sink<alert>("alerts/"));
///     return app.main(argc, argv);
///
/// Threading: one thread; what is described runs on threads of its own.
class application {
 public:
  /// The name owns the state: a state directory belongs to one application.
  explicit application(std::string name, std::string help = {});
  ~application();
  application(const application&) = delete;
  application& operator=(const application&) = delete;

  /// Adds a source. `uid` ties the reading position to it: keep it when the application changes.
  template <class Connector>
    requires std::derived_from<Connector, source_connector<typename Connector::record_type>>
  stream<typename Connector::record_type> source(std::string uid, Connector connector) {
    using T = typename Connector::record_type;
    require_codec<T>();
    std::shared_ptr<const source_connector<T>> shared = std::make_shared<const Connector>(std::move(connector));
    auto timing = std::make_shared<std::optional<event_timing<T>>>();
    graph_node node;
    node.kind = "source";
    node.source = true;
    node.blocking = shared->blocking();
    node.make = [shared, timing] { return std::make_unique<split_source<T>>(shared, *timing); };
    const node_id id = builder_.add(std::move(node), std::move(uid));
    return {builder_, id, 0, std::move(timing)};
  }

  /// Adds a command. The first one added is what runs when none is named.
  leat::command& command(std::string name, std::string help);

  /// What the application describes so far.
  [[nodiscard]] const job_graph& graph() const { return builder_.graph(); }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Reads the command line, runs the command, shows progress on a terminal, and returns the exit code:
  /// 0 done, 1 failed, 2 wrong usage, 130 stopped by a signal (the job can be resumed).
  /// Besides its own, every application has the commands `completion bash|zsh|fish` and `manual`.
  int main(int argc, char** argv);

 private:
  friend class command_line;
  std::string name_;
  std::string help_;
  graph_builder builder_;
  std::vector<std::unique_ptr<leat::command>> commands_;
};

/// Runs what an application describes, without a command line, and waits for its end. For embedding and tests.
/// An empty state directory keeps the state in memory.
[[nodiscard]] result<job_report> run(const application& app, job_options options);

}  // namespace leat
