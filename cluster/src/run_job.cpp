#include <leat/cluster/run_job.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "coordinator_actor.hpp"
#include "job_setup.hpp"
#include "store_actor.hpp"

namespace leat {
namespace {

/// CAF set up for stream work: the sharing policy answers an idle system within microseconds, and nothing is read from
/// the command line or the working directory.
class actor_config : public caf::actor_system_config {
 public:
  explicit actor_config(std::size_t threads) {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads);
    set("scheduler.max-throughput", std::size_t{32});
    set("logger.file-verbosity", caf::atom("quiet"));
    set("logger.console-verbosity", caf::atom("quiet"));
  }
};

/// Where the coordinator leaves the outcome for whoever waits.
struct outcome {
  std::mutex mutex;
  std::condition_variable there;
  std::optional<std::pair<job_state, std::optional<error>>> value;  ///< guarded by mutex
};

class local_job final : public running_job {
 public:
  local_job(const job_graph& graph, const job_options& options, std::shared_ptr<checkpoint_store> store)
      : config_(options.threads), system_(config_) {
    const auto store_of_job = system_.spawn<store_actor, caf::detached>(std::move(store), options.time);
    coordinator_ = system_.spawn<coordinator_actor>(&graph, options, actor_threads::own_where_blocking, store_of_job,
                                                    status_, [o = outcome_](job_state s, std::optional<error> why) {
                                                      const std::lock_guard hold{o->mutex};
                                                      o->value.emplace(s, std::move(why));
                                                      o->there.notify_all();
                                                    });
    send(launch_job{});
  }

  ~local_job() override {
    if (!wait_for(duration{0})) {
      stop();
      static_cast<void>(wait());
    }
    system_.await_all_actors_done();
  }

  result<job_report> wait() override {
    std::unique_lock hold{outcome_->mutex};
    outcome_->there.wait(hold, [this] { return outcome_->value.has_value(); });
    return report();
  }
  std::optional<result<job_report>> wait_for(duration d) override {
    std::unique_lock hold{outcome_->mutex};
    if (!outcome_->there.wait_for(hold, d, [this] { return outcome_->value.has_value(); })) return std::nullopt;
    return report();
  }
  void stop() override { send(stop_job{}); }
  [[nodiscard]] std::shared_ptr<const job_status> status() const override { return status_; }

 private:
  template <class Message>
  void send(Message m) {
    ordered_actor::before_sending(coordinator_);
    caf::anon_send(coordinator_, m);
  }

  /// Requires: the outcome is there.
  result<job_report> report() const {
    if (outcome_->value->second) return *outcome_->value->second;
    return status_->read();
  }

  std::shared_ptr<job_status> status_ = std::make_shared<job_status>();
  std::shared_ptr<outcome> outcome_ = std::make_shared<outcome>();
  actor_config config_;
  caf::actor_system system_;
  caf::actor coordinator_;
};

}  // namespace

result<std::unique_ptr<running_job>> start_job(const job_graph& graph, job_options options) {
  LEAT_CHECK(complete_options(graph, options));
  LEAT_TRY(store, open_store(options));
  return std::unique_ptr<running_job>{
      std::make_unique<local_job>(graph, options, std::shared_ptr<checkpoint_store>{std::move(store)})};
}

}  // namespace leat
