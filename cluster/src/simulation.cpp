#include <leat/cluster/simulation.hpp>

#include <leat/core/random.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "coordinator_actor.hpp"
#include "job_setup.hpp"
#include "mortal_file_system.hpp"
#include "store_actor.hpp"

namespace leat {
namespace {

constexpr processing_time time_begins{1'700'000'000'000};

/// One step in this many lets a millisecond pass although there are messages to take.
constexpr std::uint64_t steps_per_ms = 16;

class testing_config : public caf::actor_system_config {
 public:
  testing_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.file-verbosity", caf::atom("quiet"));
    set("logger.console-verbosity", caf::atom("quiet"));
  }
};

/// FNV-1a.
class trace_hash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i, number >>= 8) value_ = (value_ ^ (number & 0xFF)) * 0x100000001B3ULL;
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

class simulated_job final : public simulation {
 public:
  simulated_job(const job_graph& graph, const job_options& options, std::uint64_t seed)
      : chance_(seed),
        state_files_(*options.state_files),
        files_(*options.files),
        system_(config_),
        scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())),
        caf_began_(scheduler_.clock().current_time),
        graph_(&graph),
        options_(options) {
    options_.state_files = &state_files_;
    options_.files = &files_;
    options_.time = &clock_;
  }

  ~simulated_job() override { kill(); }

  result<void> begin() {
    LEAT_TRY(store, open_store(options_));
    store_ = system_.spawn<store_actor>(std::shared_ptr<checkpoint_store>{std::move(store)}, options_.time);
    coordinator_ = system_.spawn<coordinator_actor>(
        graph_, options_, actor_threads::shared, store_, status_,
        [this](job_state s, std::optional<error> why) { outcome_.emplace(s, std::move(why)); });
    caf::anon_send(coordinator_, launch_job{});
    return {};
  }

  bool step() override {
    if (outcome_ || dead_) return false;
    ++steps_;
    auto& jobs = scheduler_.jobs;
    if (jobs.empty()) {
      const bool time_helps = scheduler_.trigger_timeout();
      LEAT_ASSERT(time_helps, "the job has not ended, and nothing is left that could happen");
      time_has_passed();
      return true;
    }
    if (chance_.below(steps_per_ms) == 0) {
      scheduler_.advance_time(std::chrono::milliseconds{1});
      time_has_passed();
      return true;
    }
    const auto next = jobs.begin() + static_cast<std::ptrdiff_t>(chance_.below(jobs.size()));
    std::rotate(jobs.begin(), next, next + 1);
    trace_next();
    scheduler_.run_once();
    return true;
  }

  result<job_report> run(std::uint64_t steps_max) override {
    for (std::uint64_t i = 0; i < steps_max; ++i)
      if (!step()) break;
    if (dead_) return error{errc::cancelled, "the simulated process is dead"};
    if (!outcome_) return error{errc::cancelled, "the job has not ended after " + std::to_string(steps_) + " steps"};
    if (outcome_->second) return *outcome_->second;
    return status_->read();
  }

  void stop() override { caf::anon_send(coordinator_, stop_job{}); }

  /// Exit messages overtake what else waits in a mailbox, so nothing but ending happens in these last steps.
  void kill() override {
    if (dead_) return;
    dead_ = true;
    state_files_.die();
    files_.die();
    if (!coordinator_) return;  // it never began
    caf::anon_send_exit(coordinator_, caf::exit_reason::kill);
    scheduler_.prioritize(coordinator_);
    scheduler_.try_run_once();
    caf::anon_send_exit(store_, caf::exit_reason::kill);
    while (scheduler_.try_run_once()) {
    }
    coordinator_ = nullptr;
    store_ = nullptr;
  }

  [[nodiscard]] std::uint64_t steps() const override { return steps_; }
  [[nodiscard]] std::uint64_t trace() const override { return trace_.value(); }
  [[nodiscard]] processing_time now() const override { return clock_.now(); }
  [[nodiscard]] std::shared_ptr<const job_status> status() const override { return status_; }

 private:
  void time_has_passed() {
    const auto passed = scheduler_.clock().current_time - caf_began_;
    clock_.set(time_begins + std::chrono::duration_cast<duration>(passed));
    trace_.add("time");
    trace_.add(static_cast<std::uint64_t>(clock_.now().ms()));
  }

  void trace_next() {
    auto* const actor = dynamic_cast<caf::scheduled_actor*>(scheduler_.jobs.front());
    if (actor == nullptr) return;
    trace_.add(actor->id());
    const caf::mailbox_element* const head = actor->mailbox().peek();
    if (head == nullptr || head->content().empty()) return;
    const auto type = head->content().type(0);
    trace_.add(type.second != nullptr ? std::string_view{type.second->name()} : std::string_view{"built-in"});
  }

  random chance_;
  manual_clock clock_{time_begins};
  mortal_file_system state_files_;
  mortal_file_system files_;
  testing_config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  caf::actor_clock::time_point caf_began_;
  const job_graph* graph_;
  job_options options_;
  std::shared_ptr<job_status> status_ = std::make_shared<job_status>();
  std::optional<std::pair<job_state, std::optional<error>>> outcome_;
  caf::actor store_;
  caf::actor coordinator_;
  trace_hash trace_;
  std::uint64_t steps_ = 0;
  bool dead_ = false;
};

}  // namespace

result<std::unique_ptr<simulation>> simulate_job(const job_graph& graph, job_options options, std::uint64_t seed) {
  LEAT_CHECK(complete_options(graph, options));
  auto job = std::make_unique<simulated_job>(graph, options, seed);
  LEAT_CHECK(job->begin());
  return std::unique_ptr<simulation>{std::move(job)};
}

}  // namespace leat
