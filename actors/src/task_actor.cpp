#include <leat/actors/task_actor.hpp>

#include <leat/core/operator_failure.hpp>

#include <caf/send.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace leat {
namespace {

/// Batches a source makes before it lets other actors have the thread, and the limit for one run of any subtask.
constexpr std::size_t elements_per_run = 16;

}  // namespace

struct task_actor::door {
  explicit door(caf::actor a) : to(std::move(a)) {}
  void knock() {
    const std::lock_guard hold{mutex};
    if (!to) return;
    before_sending(to);
    caf::anon_send(to, resume_task{});
  }
  void close() {
    const std::lock_guard hold{mutex};
    to = nullptr;
  }

  std::mutex mutex;
  caf::actor to;  ///< guarded by mutex; null once the actor has ended
};

task_actor::task_actor(caf::actor_config& cfg, caf::actor coordinator, const job_graph* graph,
                       const execution_plan* plan, std::size_t task, subtask_index index, subtask_settings settings)
    : ordered_actor(cfg),
      coordinator_(std::move(coordinator)),
      task_(task),
      settings_(settings),
      subtask_(std::make_unique<subtask>(*graph, *plan, task, index, settings, static_cast<subtask_port&>(*this))) {}

caf::behavior task_actor::handlers() {
  return {
      on([this](element& e) {
        if (phase_ == phase::failed || e.epoch != settings_.epoch) return;
        subtask_->take(std::move(e));  // kept until run_task: a neighbour may have been told to run before us
        work();
      }),
      on([this](credit& c) {
        if (phase_ != phase::running || c.epoch != settings_.epoch) return;
        attempt([&] { subtask_->take(std::move(c)); });
      }),
      on([this](continue_task) {
        continue_sent_ = false;
        work();
      }),
      on([this](resume_task) { work(); }),
      on([this](wake w) {
        if (w.generation != wake_generation_) return;
        wake_at_.reset();
        work();
      }),
      on([this](chunk_stored) {
        subtask_->chunk_stored();
        work();
      }),
      on([this](start_checkpoint c) {
        subtask_->start_checkpoint(c.barrier);
        work();
      }),
      on([this](keep_pace k) { attempt([&] { subtask_->keep_pace(k.slowest); }); }),
      on([this](complete_checkpoint c) { attempt([&] { subtask_->complete_checkpoint(c.id); }); }),
      on([this](abandon_checkpoint c) { attempt([&] { subtask_->abandon_checkpoint(c.id); }); }),
      on([this](wire_task& w) { wires_ = std::move(w); }),
      on([this](start_task& s) { start(s); }),
      on([this](run_task) { begin(); }),
      on([this](stop_task) { quit(); }),
  };
}

void task_actor::let_go() {
  if (door_) door_->close();
  wires_ = {};
  subtask_.reset();  // it refers to the coordinator's plan
  coordinator_ = nullptr;
}

void task_actor::start(const start_task& s) {
  const auto open_and_restore = [&]() -> result<void> {
    LEAT_CHECK(subtask_->open());
    if (s.state) {
      for (const auto& p : s.state->pieces) LEAT_CHECK(subtask_->restore(p.chunk, *p.written_as));
    }
    return subtask_->start(s.state ? std::optional{s.state->from} : std::nullopt);
  };
  try {
    if (auto ready = open_and_restore(); !ready) return fail(ready.error().code, ready.error().detail);
  } catch (const operator_failure& e) {
    return fail(e.reason().code, e.reason().detail);
  } catch (const std::exception& e) {
    return fail(errc::user_code, e.what());
  }
  ordered_actor::send(coordinator_, task_ready{settings_.epoch, subtask_->metrics()});
}

void task_actor::begin() {
  if (phase_ != phase::starting) return;
  phase_ = phase::running;
  work();
}

template <class Action>
void task_actor::attempt(Action&& action) {
  if (phase_ != phase::running) return;
  try {
    action();
    if (subtask_->run(elements_per_run) == subtask::progress::more && !continue_sent_) {
      continue_sent_ = true;
      ordered_actor::send(caf::actor{this}, continue_task{});
    }
    sleep_until_due();
  } catch (const operator_failure& e) {
    fail(e.reason().code, e.reason().detail);
  } catch (const std::exception& e) {
    fail(errc::user_code, e.what());
  }
}

void task_actor::work() {
  attempt([] {});
}

/// One wake-up call is under way at a time, for the earliest time asked for; later ones find an old generation.
void task_actor::sleep_until_due() {
  const auto at = subtask_->wake_at();
  if (!at || continue_sent_) return;
  if (wake_at_ && *wake_at_ <= *at) return;
  wake_at_ = at;
  const duration wait = std::max(duration{0}, *at - settings_.time->now());
  delayed_send(this, std::min<duration>(wait, std::chrono::hours{1}), wake{++wake_generation_});
}

void task_actor::fail(errc code, std::string detail) {
  if (phase_ == phase::failed) return;
  phase_ = phase::failed;
  ordered_actor::send(coordinator_,
                      task_failed{settings_.epoch, subtask_->name(), subtask_->index(), code, std::move(detail)});
}

void task_actor::send(std::uint32_t output_channel, element e) {
  const auto& w = wires_.outputs[output_channel];
  e.channel = w.channel;
  e.epoch = settings_.epoch;
  ordered_actor::send(w.to, std::move(e));
}

void task_actor::send_credit(channel_index input_channel, std::vector<batch_ptr> emptied) {
  const auto& w = wires_.inputs[input_channel.value()];
  ordered_actor::send(w.from, credit{w.output_channel, settings_.epoch, std::move(emptied)});
}

void task_actor::send_chunk(checkpoint_id id, snapshot_chunk chunk) {
  ordered_actor::send(wires_.store, store_chunk{settings_.epoch, id, std::move(chunk)});
}

void task_actor::snapshot_taken(checkpoint_id id, std::vector<operator_schema> schemas) {
  ordered_actor::send(wires_.store, leat::snapshot_taken{settings_.epoch, id, std::move(schemas)});
}

void task_actor::send_pace(pace_report report) {
  ordered_actor::send(coordinator_, source_pace{settings_.epoch, task_, subtask_->index(), report});
}

std::function<void()> task_actor::waker() {
  if (!door_) door_ = std::make_shared<door>(caf::actor{this});
  return [d = door_] { d->knock(); };
}

void task_actor::source_finished() { ordered_actor::send(coordinator_, leat::source_finished{settings_.epoch}); }

}  // namespace leat
