#include "coordinator_actor.hpp"

#include <leat/core/log.hpp>

#include <algorithm>
#include <utility>

namespace leat {
namespace {

/// Whether another attempt can help. What is wrong with a file or a setting stays wrong.
bool worth_retrying(errc code) {
  switch (code) {
    case errc::no_space:
    case errc::io:
    case errc::user_code:
    case errc::locked: return true;
    case errc::invalid_argument:
    case errc::not_found:
    case errc::already_exists:
    case errc::corrupt:
    case errc::incompatible:
    case errc::cancelled: return false;
  }
  return false;
}

}  // namespace

coordinator_actor::coordinator_actor(caf::actor_config& cfg, const job_graph* graph, job_options options,
                                     actor_threads threads, caf::actor store, std::shared_ptr<job_status> status,
                                     ended on_end)
    : ordered_actor(cfg),
      graph_(graph),
      options_(std::move(options)),
      threads_(threads),
      store_(std::move(store)),
      status_(std::move(status)),
      on_end_(std::move(on_end)) {
  set_down_handler(on([this](caf::down_msg& d) { task_is_down(d); }));
}

caf::behavior coordinator_actor::handlers() {
  return {
      on([this](launch_job) { launch_attempt(); }),
      on([this](const state_loaded& s) {
        if (s.epoch == epoch_ && phase_ == phase::loading) deploy(s);
      }),
      on([this](const store_failed& f) {
        if (f.epoch == epoch_) end(job_state::failed, error{f.code, f.detail});
      }),
      on([this](const task_ready& r) {
        if (r.epoch == epoch_) ready(r);
      }),
      on([this](const task_failed& f) {
        if (f.epoch != epoch_) return;
        fail_attempt({f.code, f.task + " (subtask " + std::to_string(f.subtask.value()) + "): " + f.detail});
      }),
      on([this](source_finished f) {
        if (f.epoch != epoch_ || phase_ != phase::running) return;
        if (++sources_finished_ == sources_) request_checkpoint();
      }),
      on([this](const source_pace& p) { pace(p); }),
      on([this](checkpoint_due d) {
        if (d.epoch != epoch_ || phase_ != phase::running) return;
        schedule_checkpoint();
        request_checkpoint();
      }),
      on([this](checkpoint_overdue o) {
        if (o.epoch != epoch_ || checkpoint_ != o.id) return;
        failed({epoch_, o.id, errc::io,
                "it was not complete after " + std::to_string(options_.checkpoint_timeout.count()) + " ms"});
      }),
      on([this](const checkpoint_begun& b) { started(b); }),
      on([this](const checkpoint_durable& d) { durable(d); }),
      on([this](const checkpoint_failed& f) { failed(f); }),
      on([this](stop_job) {
        if (phase_ == phase::ended || stop_requested_) return;
        stop_requested_ = true;
        set_state(job_state::stopping);
        if (phase_ == phase::running) return request_checkpoint();
        if (phase_ == phase::idle) end(job_state::stopped, std::nullopt);
      }),
      on([this](stop_task) { quit(); }),
  };
}

void coordinator_actor::let_go() {
  for (const auto& t : tasks_) send_exit(t.actor, caf::exit_reason::kill);
  tasks_.clear();
  store_ = nullptr;
  on_end_ = nullptr;
}

void coordinator_actor::set_state(job_state s) {
  status_->change([&](job_report& r) {
    r.state = s;
    r.epoch = epoch_;
  });
}

void coordinator_actor::launch_attempt() {
  if (phase_ != phase::idle) return;
  if (stop_requested_) return end(job_state::stopped, std::nullopt);
  epoch_ = leat::epoch{epoch_.value() + 1};
  phase_ = phase::loading;
  set_state(job_state::starting);
  send(store_, read_state{epoch_});
}

void coordinator_actor::deploy(const state_loaded& s) {
  for (const auto& w : s.warnings) log(log_level::warning, "state", w);
  const auto refuse = [&](const std::string& asked) {
    end(job_state::failed,
        error{errc::incompatible, "the state was written with max parallelism " + std::to_string(*s.max_parallelism) +
                                      ", which is fixed for its life; " + asked});
  };
  if (s.max_parallelism && options_.max_parallelism && *s.max_parallelism != *options_.max_parallelism)
    return refuse(std::to_string(*options_.max_parallelism) + " was asked for: say nothing, or that number");
  if (s.max_parallelism && *s.max_parallelism < options_.parallelism)
    return refuse("a parallelism of " + std::to_string(options_.parallelism) + " is too high for it");
  const std::uint32_t max_parallelism =
      options_.max_parallelism.value_or(s.max_parallelism.value_or(default_max_parallelism(options_.parallelism)));
  auto plan = make_plan(*graph_, options_.parallelism, max_parallelism);
  if (!plan) return end(job_state::failed, plan.error());
  if (s.state) {
    log(log_level::info, "job", "restoring from checkpoint " + std::to_string(s.state->from.value()));
    for (const auto& p : s.state->pieces) {
      const auto known = std::any_of(graph_->nodes.begin(), graph_->nodes.end(),
                                     [&](const graph_node& n) { return n.uid == p.chunk.uid; });
      if (!known)
        return end(job_state::failed,
                   error{errc::incompatible, "the checkpoint has state of an operator '" + p.chunk.uid +
                                                 "', which the application does not have any more; give the operator "
                                                 "that replaces it this name, or start with another state directory"});
    }
  }
  status_->change([&](job_report& r) { r.restored_from = s.state ? std::optional{s.state->from} : std::nullopt; });
  plan_ = std::make_unique<execution_plan>(*std::move(plan));
  tasks_.clear();
  metrics_.clear();
  tasks_ready_ = sources_ = sources_finished_ = 0;
  pace_ = {};
  const subtask_settings settings{epoch_, options_.mode, options_.batch_records_max, options_.time, options_.files};
  for (std::size_t t = 0; t < plan_->tasks.size(); ++t) {
    for (std::uint32_t i = 0; i < plan_->tasks[t].parallelism; ++i) {
      const caf::actor self{this};
      const bool detached = plan_->tasks[t].detached && threads_ == actor_threads::own_where_blocking;
      const caf::actor a =
          detached ? spawn<task_actor, caf::monitored + caf::detached>(self, graph_, plan_.get(), t, subtask_index{i},
                                                                       settings)
                   : spawn<task_actor, caf::monitored>(self, graph_, plan_.get(), t, subtask_index{i}, settings);
      const auto& group = graph_->nodes[plan_->tasks[t].chain.front().value()].pace_group;
      if (!group.empty()) pace_.add(group, tasks_.size());
      tasks_.push_back({t, subtask_index{i}, a});
      sources_ += plan_->tasks[t].source ? 1 : 0;
    }
  }
  tasks_alive_ = tasks_.size();
  phase_ = phase::starting;
  wire();
  for (const auto& t : tasks_) send(t.actor, start_task{s.state});
}

/// Gives every subtask its neighbours, numbering channels as subtasks do: outputs link by link and receiver by
/// receiver, inputs link by link and sender by sender.
void coordinator_actor::wire() {
  std::vector<wire_task> wires(tasks_.size());
  // A subtask makes its channels operator by operator, and for each along the edges in graph order.
  std::vector<const planned_link*> links;
  for (const auto& task : plan_->tasks)
    for (const node_id n : task.chain)
      for (const auto& l : plan_->links)
        if (graph_->edges[l.edge].from == n) links.push_back(&l);
  std::vector<std::uint32_t> first_input(plan_->links.size());
  std::vector<std::uint32_t> inputs(plan_->tasks.size());
  for (std::size_t l = 0; l < plan_->links.size(); ++l) {
    const auto& link = plan_->links[l];
    first_input[l] = inputs[link.to];
    inputs[link.to] += link.one_to_one ? 1 : plan_->tasks[link.from].parallelism;
  }
  for (std::size_t p = 0; p < tasks_.size(); ++p) wires[p].inputs.resize(inputs[tasks_[p].task]);
  for (const auto* link : links) {
    const auto first = first_input[static_cast<std::size_t>(link - plan_->links.data())];
    for (std::uint32_t i = 0; i < plan_->tasks[link->from].parallelism; ++i) {
      const std::size_t from = position(link->from, i);
      for (std::uint32_t j = 0; j < plan_->tasks[link->to].parallelism; ++j) {
        if (link->one_to_one && i != j) continue;
        const std::size_t to = position(link->to, j);
        const std::uint32_t channel = first + (link->one_to_one ? 0 : i);
        wires[to].inputs[channel] = {tasks_[from].actor, static_cast<std::uint32_t>(wires[from].outputs.size())};
        wires[from].outputs.push_back({tasks_[to].actor, channel_index{channel}});
      }
    }
  }
  for (std::size_t p = 0; p < tasks_.size(); ++p) {
    wires[p].store = store_;
    send(tasks_[p].actor, std::move(wires[p]));
  }
}

/// Where a subtask stands among all.
std::size_t coordinator_actor::position(std::size_t task, std::uint32_t index) const {
  std::size_t p = 0;
  while (tasks_[p].task != task) ++p;
  return p + index;
}

void coordinator_actor::pace(const source_pace& p) {
  if (p.epoch != epoch_ || phase_ != phase::running) return;
  if (const auto news = pace_.report(position(p.task, p.subtask.value()), p.report))
    for (const std::size_t m : news->members) send(tasks_[m].actor, keep_pace{news->slowest});
}

void coordinator_actor::ready(const task_ready& r) {
  if (phase_ != phase::starting) return;
  metrics_.insert(metrics_.end(), r.metrics.begin(), r.metrics.end());
  if (++tasks_ready_ < tasks_.size()) return;
  std::stable_sort(metrics_.begin(), metrics_.end(),
                   [](const auto& a, const auto& b) { return a->subtask < b->subtask; });
  status_->change([this](job_report& report) { report.operators = metrics_; });
  phase_ = phase::running;
  set_state(stop_requested_ ? job_state::stopping : job_state::running);
  for (const auto& t : tasks_) send(t.actor, run_task{});
  schedule_checkpoint();
  if (stop_requested_) request_checkpoint();
}

void coordinator_actor::schedule_checkpoint() {
  if (options_.checkpoint_interval) delayed_send(this, *options_.checkpoint_interval, checkpoint_due{epoch_});
}

void coordinator_actor::request_checkpoint() {
  if (phase_ == phase::running && !checkpoint_under_way_) begin_checkpoint_now();
}

void coordinator_actor::begin_checkpoint_now() {
  checkpoint_under_way_ = true;
  checkpoint_is_last_ = sources_finished_ == sources_;
  checkpoint_began_ = options_.time->monotonic();
  std::vector<stored_operator> operators;
  for (const auto& n : graph_->nodes)
    operators.push_back({{n.uid, std::nullopt, {}}, plan_->tasks[plan_->task_of(n.id)].parallelism});
  send(store_,
       begin_checkpoint{epoch_, plan_->max_parallelism, tasks_.size(), std::move(operators), checkpoint_is_last_});
}

void coordinator_actor::started(const checkpoint_begun& b) {
  if (b.epoch != epoch_ || phase_ != phase::running) return;
  checkpoint_ = b.barrier.id;
  for (const auto& t : tasks_)
    if (plan_->tasks[t.task].source) send(t.actor, start_checkpoint{b.barrier});
  delayed_send(this, options_.checkpoint_timeout, checkpoint_overdue{epoch_, b.barrier.id});
}

void coordinator_actor::durable(const checkpoint_durable& d) {
  if (d.epoch != epoch_ || phase_ != phase::running) return;
  checkpoint_under_way_ = false;
  checkpoint_.reset();
  for (const auto& w : d.summary.warnings) log(log_level::warning, "state", w);
  status_->change([&](job_report& r) {
    ++r.checkpoints_completed;
    r.last_checkpoint = checkpoint_report{
        d.summary.id,          std::chrono::duration_cast<duration>(options_.time->monotonic() - checkpoint_began_),
        options_.time->now(),  d.summary.bytes_new,
        d.summary.bytes_total, d.summary.path};
  });
  for (const auto& t : tasks_) send(t.actor, complete_checkpoint{d.summary.id});
  if (checkpoint_is_last_ || stop_requested_) {
    phase_ = phase::finishing;
    for (const auto& t : tasks_) send(t.actor, stop_task{});
  } else if (sources_finished_ == sources_) {
    request_checkpoint();
  }
}

void coordinator_actor::give_up_checkpoint() {
  if (checkpoint_)
    for (const auto& t : tasks_) send(t.actor, abandon_checkpoint{*checkpoint_});
  send(store_, drop_checkpoint{});
  checkpoint_.reset();
  checkpoint_under_way_ = false;
}

void coordinator_actor::failed(const checkpoint_failed& f) {
  if (f.epoch != epoch_ || phase_ != phase::running) return;
  status_->change([&](job_report& r) {
    ++r.checkpoints_failed;
    r.last_failure = error{f.code, f.detail};
  });
  const std::string which = f.id ? "checkpoint " + std::to_string(f.id->value()) : std::string{"a checkpoint"};
  log(log_level::error, "checkpoint", which + " came to nothing: " + f.detail + "; the one before it stands");
  give_up_checkpoint();
  if (checkpoint_is_last_ || stop_requested_) fail_attempt({f.code, which + " came to nothing: " + f.detail});
}

void coordinator_actor::fail_attempt(error e) {
  if (phase_ == phase::tearing_down || phase_ == phase::ended) return;
  log(log_level::error, "job", e.message());
  status_->change([&](job_report& r) { r.last_failure = e; });
  failure_ = std::move(e);
  if (checkpoint_under_way_) give_up_checkpoint();
  phase_ = phase::tearing_down;
  for (const auto& t : tasks_) send_exit(t.actor, caf::exit_reason::kill);
  if (tasks_alive_ == 0) attempt_is_over();
}

void coordinator_actor::task_is_down(const caf::down_msg& d) {
  const auto it =
      std::find_if(tasks_.begin(), tasks_.end(), [&](const deployed_task& t) { return t.actor.address() == d.source; });
  if (it == tasks_.end()) return;
  --tasks_alive_;
  if (phase_ == phase::starting || phase_ == phase::running)
    fail_attempt({errc::user_code, plan_->tasks[it->task].name + " ended unexpectedly: " + to_string(d.reason)});
  else if (tasks_alive_ == 0)
    attempt_is_over();
}

void coordinator_actor::attempt_is_over() {
  tasks_.clear();
  if (phase_ == phase::finishing)
    return end(checkpoint_is_last_ ? job_state::finished : job_state::stopped, std::nullopt);
  const auto wait = worth_retrying(failure_->code) && !stop_requested_
                        ? options_.restarts.after_failure(options_.time->monotonic())
                        : std::nullopt;
  if (!wait) return end(job_state::failed, failure_);
  phase_ = phase::idle;
  epoch_ = leat::epoch{epoch_.value() + 1};  // whatever the old attempt still sends is not for the next one
  status_->change([](job_report& r) { ++r.restarts; });
  set_state(job_state::restarting);
  log(log_level::info, "job", "restarting in " + std::to_string(wait->count()) + " ms");
  delayed_send(this, *wait, launch_job{});
}

void coordinator_actor::end(job_state s, std::optional<error> why) {
  if (phase_ == phase::ended) return;
  phase_ = phase::ended;
  set_state(s);
  send(store_, stop_task{});
  on_end_(s, std::move(why));
  quit();
}

}  // namespace leat
