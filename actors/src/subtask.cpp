#include <leat/actors/subtask.hpp>

#include <leat/core/assert.hpp>
#include <leat/core/operator_failure.hpp>

#include <algorithm>
#include <utility>

namespace leat {
namespace {

constexpr std::size_t timers_per_slice = 1024;  ///< fired before the outputs are looked at again
constexpr std::size_t slots_per_slice = 2048;   ///< written for a snapshot between two batches
constexpr std::size_t chunks_unstored_max = 8;  ///< of 1 MiB each, on their way to the store

/// Eight batches in flight keep both ends busy; tiny batches need more of them, or credit messages would outnumber
/// records.
std::size_t credits_for(std::size_t batch_records) { return std::clamp<std::size_t>(4096 / batch_records, 8, 128); }

}  // namespace

/// An operator in its chain.
struct subtask::hosted {
  const graph_node* node = nullptr;
  std::unique_ptr<stream_operator> op;
  operator_context context;
  std::vector<output_port*> outputs;
  std::shared_ptr<operator_metrics> metrics;
  std::unique_ptr<chunk_sink> snapshot;
  std::optional<watermark> advanced;  ///< arrived and not yet dealt with to the end
  std::uint64_t records_in = 0;
  std::uint64_t records_out = 0;
  std::uint64_t batches_in = 0;
  std::uint64_t batches_out = 0;
  watermark last = watermark::none();
};

/// Leads to the next operator of the chain.
class subtask::chain_port final : public output_port {
 public:
  chain_port(subtask& owner, hosted& to, std::uint32_t input) : owner_(owner), to_(to), input_(input) {}
  void push(batch_ptr& b) override {
    to_.records_in += b->size();
    ++to_.batches_in;
    to_.op->process(input_, b);
  }
  void push_watermark(watermark w) override {
    if (!to_.advanced) ++owner_.watermarks_pending_;
    to_.advanced = w;
  }
  void push_status(stream_status s) override { to_.op->change_status(s); }

 private:
  subtask& owner_;
  hosted& to_;
  std::uint32_t input_;
};

/// Leads to the channels of a link.
class subtask::link_port final : public output_port, public channel_set {
 public:
  link_port(std::vector<output_channel>& channels, std::size_t first, std::uint32_t count,
            std::unique_ptr<partitioner> how)
      : channels_(channels), first_(first), count_(count), how_(std::move(how)) {}

  void push(batch_ptr& b) override { how_->route(b, *this); }
  void push_watermark(watermark w) override {
    for (std::uint32_t c = 0; c < count_; ++c) channels_[first_ + c].push_watermark(w);
  }
  void push_status(stream_status s) override {
    for (std::uint32_t c = 0; c < count_; ++c) channels_[first_ + c].push_status(s);
  }
  void push_barrier(const barrier& b) {
    for (std::uint32_t c = 0; c < count_; ++c) channels_[first_ + c].push_barrier(b);
  }

  [[nodiscard]] std::uint32_t count() const override { return count_; }
  [[nodiscard]] batch_base& open(std::uint32_t c) override { return channels_[first_ + c].open(); }
  batch_base& next(std::uint32_t c) override { return channels_[first_ + c].next(); }
  void give(std::uint32_t c, batch_ptr& b) override { channels_[first_ + c].give(b); }

 private:
  std::vector<output_channel>& channels_;
  std::size_t first_;
  std::uint32_t count_;
  std::unique_ptr<partitioner> how_;
};

/// An operator's output: counts, and copies for all targets but the last.
class subtask::fan_out final : public output_port {
 public:
  fan_out(hosted& from, bool main) : from_(from), main_(main) {}
  void add(output_port& target) { targets_.push_back(&target); }

  void push(batch_ptr& b) override {
    from_.records_out += b->size();
    ++from_.batches_out;
    if (targets_.empty()) return b->clear();
    for (std::size_t t = 0; t + 1 < targets_.size(); ++t) {
      if (!copy_ || copy_->capacity() < b->size()) copy_ = b->make_another(b->capacity());
      copy_->append(*b, 0, b->size());
      targets_[t]->push(copy_);
    }
    targets_.back()->push(b);
  }
  void push_watermark(watermark w) override {
    if (main_) from_.last = std::max(from_.last, w);
    for (auto* t : targets_) t->push_watermark(w);
  }
  void push_status(stream_status s) override {
    for (auto* t : targets_) t->push_status(s);
  }
  [[nodiscard]] const std::vector<output_port*>& targets() const { return targets_; }

 private:
  hosted& from_;
  bool main_;
  std::vector<output_port*> targets_;
  batch_ptr copy_;
};

/// Side outputs see the watermarks of the main output, so every port of an operator gets them.
namespace {
class all_ports final : public output_port {
 public:
  all_ports(output_port& main, std::vector<output_port*> sides) : main_(main), sides_(std::move(sides)) {}
  void push(batch_ptr& b) override { main_.push(b); }
  void push_watermark(watermark w) override {
    for (auto* s : sides_) s->push_watermark(w);
    main_.push_watermark(w);
  }
  void push_status(stream_status s) override {
    for (auto* p : sides_) p->push_status(s);
    main_.push_status(s);
  }

 private:
  output_port& main_;
  std::vector<output_port*> sides_;
};
}  // namespace

/// Sends the chunks of one operator.
class subtask::chunk_sink final : public snapshot_sink {
 public:
  chunk_sink(subtask& owner, const hosted& from) : owner_(owner), from_(from) {}
  void take(chunk_kind kind, std::string bytes) override {
    ++owner_.chunks_unstored_;
    owner_.port_.send_chunk(id, {from_.context.uid, owner_.index_, from_.context.groups, kind, std::move(bytes)});
  }
  checkpoint_id id;

 private:
  subtask& owner_;
  const hosted& from_;
};

namespace {

/// Which operator input each channel into a task feeds, channels numbered link by link, sender by sender.
std::vector<std::uint32_t> inputs_of_channels(const job_graph& graph, const execution_plan& plan, std::size_t task) {
  std::vector<std::uint32_t> inputs;
  for (const auto& l : plan.links) {
    if (l.to != task) continue;
    const std::uint32_t senders = l.one_to_one ? 1 : plan.tasks[l.from].parallelism;
    inputs.insert(inputs.end(), senders, graph.edges[l.edge].input);
  }
  return inputs;
}

}  // namespace

subtask::subtask(const job_graph& graph, const execution_plan& plan, std::size_t task, subtask_index index,
                 subtask_settings settings, subtask_port& port)
    : task_(plan.tasks[task]),
      index_(index),
      settings_(settings),
      port_(port),
      gate_(inputs_of_channels(graph, plan, task), settings.mode),
      emptied_(gate_.channels()) {
  for (const node_id n : task_.chain) {
    auto h = std::make_unique<hosted>();
    h->node = &graph.nodes[n.value()];
    h->op = h->node->make();
    h->context = {.uid = h->node->uid,
                  .subtask = index,
                  .parallelism = task_.parallelism,
                  .max_parallelism = plan.max_parallelism,
                  .groups = key_groups_of(index, task_.parallelism, plan.max_parallelism),
                  .batch_records_max = settings_.batch_records_max,
                  .side_outputs = h->node->side_outputs,
                  .time = settings_.time,
                  .files = settings_.files};
    h->metrics = std::make_shared<operator_metrics>();
    h->metrics->uid = h->node->uid;
    h->metrics->kind = h->node->kind;
    h->metrics->subtask = index;
    h->metrics->source = h->node->source;
    h->metrics->sink = h->node->sink;
    metrics_.push_back(h->metrics);
    h->snapshot = std::make_unique<chunk_sink>(*this, *h);
    operators_.push_back(std::move(h));
  }
  resumes_ = operators_.front()->node->resumes;
  make_outputs(graph, plan);
}

subtask::~subtask() = default;

void subtask::make_outputs(const job_graph& graph, const execution_plan& plan) {
  const auto link_of = [&](std::size_t edge) {
    return std::find_if(plan.links.begin(), plan.links.end(), [edge](const planned_link& l) { return l.edge == edge; });
  };
  for (auto& h : operators_) {
    std::vector<std::unique_ptr<fan_out>> outs;
    for (std::size_t p = 0; p <= h->node->side_outputs.size(); ++p)
      outs.push_back(std::make_unique<fan_out>(*h, p == 0));
    for (std::size_t i = 0; i < graph.edges.size(); ++i) {
      const auto& e = graph.edges[i];
      if (e.from != h->node->id) continue;
      if (const auto link = link_of(i); link != plan.links.end()) {
        const std::uint32_t count = link->one_to_one ? 1 : plan.tasks[link->to].parallelism;
        const std::size_t records =
            settings_.batch_records_max != 0 ? settings_.batch_records_max : batch_capacity_for(e.record_size_bytes);
        const std::size_t first = channels_.size();
        for (std::uint32_t c = 0; c < count; ++c)
          channels_.emplace_back(
              e.make_batch, output_channel::settings{records, credits_for(records)},
              [this, k = static_cast<std::uint32_t>(first + c)](element out) { port_.send(k, std::move(out)); });
        auto port = std::make_unique<link_port>(channels_, first, count, e.make_partitioner(plan.max_parallelism));
        links_.push_back(port.get());
        outs[e.port]->add(*port);
        ports_.push_back(std::move(port));
      } else {
        const auto to =
            std::find_if(operators_.begin(), operators_.end(), [&](const auto& o) { return o->node->id == e.to; });
        auto port = std::make_unique<chain_port>(*this, **to, e.input);
        outs[e.port]->add(*port);
        ports_.push_back(std::move(port));
      }
    }
    std::vector<output_port*> sides;
    for (std::size_t p = 1; p < outs.size(); ++p) sides.push_back(outs[p].get());
    if (sides.empty()) {
      h->outputs.push_back(outs[0].get());
    } else {
      auto all = std::make_unique<all_ports>(*outs[0], sides);
      h->outputs.push_back(all.get());
      h->outputs.insert(h->outputs.end(), sides.begin(), sides.end());
      ports_.push_back(std::move(all));
    }
    for (auto& o : outs) ports_.push_back(std::move(o));
  }
}

const std::string& subtask::name() const { return task_.name; }

result<void> subtask::open() {
  if (resumes_) operators_.front()->context.wake = port_.waker();
  for (auto& h : operators_) LEAT_CHECK(h->op->open(h->context, h->outputs));
  return {};
}

result<void> subtask::restore(const snapshot_chunk& chunk, const operator_schema& schema) {
  for (auto& h : operators_) {
    if (h->context.uid != chunk.uid) continue;
    if (chunk.kind == chunk_kind::keyed && !chunk.groups.overlaps(h->context.groups)) continue;
    LEAT_CHECK(h->op->restore(chunk.kind, chunk.bytes, schema));
  }
  return {};
}

result<void> subtask::start(std::optional<checkpoint_id> from) {
  for (auto& h : operators_) LEAT_CHECK(h->op->restored(from));
  started_ = true;
  return {};
}

bool subtask::outputs_ready() const {
  return std::all_of(channels_.begin(), channels_.end(), [](const output_channel& c) { return c.ready(); });
}

void subtask::process_valve(const valve_output& o) {
  hosted& head = *operators_.front();
  if (o.advanced) {
    if (!head.advanced) ++watermarks_pending_;
    head.advanced = o.advanced;
  }
  if (o.status) head.op->change_status(*o.status);
}

void subtask::process(element& e) {
  if (e.records) {
    hosted& head = *operators_.front();
    head.records_in += e.records->size();
    ++head.batches_in;
    head.op->process(gate_.input_of(e.channel), e.records);
    auto& done = emptied_[e.channel.value()];
    done.push_back(std::move(e.records));
    if (done.size() >= std::max<std::size_t>(1, credits_for(done.back()->capacity()) / 2))
      port_.send_credit(e.channel, std::exchange(done, {}));
  }
  if (e.advanced) process_valve(gate_.take_watermark(e.channel, *e.advanced));
  if (e.status) process_valve(gate_.take_status(e.channel, *e.status));
  if (e.barrier) {
    const alignment_step step = gate_.take_barrier(e.channel, e.barrier->id);
    if (step.snapshot) take_snapshot({*step.snapshot, e.barrier->kind});
  }
}

void subtask::take_snapshot(const barrier& b) {
  LEAT_ASSERT(!draining_, "a checkpoint began before the one before it was complete or abandoned");
  for (auto& h : operators_) {
    h->snapshot->id = b.id;
    h->op->begin_snapshot(b.id, b.kind, *h->snapshot);
  }
  for (auto* l : links_) l->push_barrier(b);
  draining_ = b.id;
  drain_cursor_ = 0;
}

bool subtask::snapshot_can_go_on() const { return draining_ && chunks_unstored_ < chunks_unstored_max; }

void subtask::continue_snapshot() {
  if (!snapshot_can_go_on()) return;
  for (; drain_cursor_ < operators_.size(); ++drain_cursor_)
    if (!operators_[drain_cursor_]->op->drain_snapshot(slots_per_slice)) return;
  std::vector<operator_schema> schemas;
  for (const auto& h : operators_) schemas.push_back(h->op->stored());
  for (std::size_t i = 0; i < schemas.size(); ++i) schemas[i].uid = operators_[i]->context.uid;
  port_.snapshot_taken(*std::exchange(draining_, std::nullopt), std::move(schemas));
}

void subtask::keep_pace(watermark slowest) {
  static_cast<source_operator&>(*operators_.front()->op).keep_pace(slowest);
  if (polled_.next == poll_result::state::waiting) polled_.next = poll_result::state::more;
}

void subtask::complete_checkpoint(checkpoint_id id) {
  for (auto& h : operators_) h->op->checkpoint_completed(id);
}

void subtask::abandon_checkpoint(checkpoint_id id) {
  if (requested_ && requested_->id == id) requested_.reset();
  if (draining_ != id) return;
  for (auto& h : operators_) h->op->abandon_snapshot();
  draining_.reset();
}

bool subtask::advance() {
  if (watermarks_pending_ > 0) {
    for (auto& h : operators_) {
      if (!h->advanced || !h->op->ready()) continue;
      if (!h->op->advance_watermark(*h->advanced, timers_per_slice)) return true;
      h->last = std::max(h->last, *h->advanced);
      h->advanced.reset();
      --watermarks_pending_;
      return true;
    }
  }
  if (timers_due_) {
    for (; timers_cursor_ < operators_.size(); ++timers_cursor_)
      if (!operators_[timers_cursor_]->op->advance_processing_time(*timers_due_, timers_per_slice)) return true;
    timers_due_.reset();
    return true;
  }
  return false;
}

void subtask::look_at_clock() {
  if (timers_due_) return;
  const auto at = wake_at();
  if (!at) return;
  const processing_time now = settings_.time->now();
  if (now < *at) return;
  if (polled_.next == poll_result::state::waiting && now >= polled_.until) polled_.next = poll_result::state::more;
  timers_due_ = now;
  timers_cursor_ = 0;
}

std::optional<processing_time> subtask::wake_at() const {
  std::optional<processing_time> at;
  if (task_.source && polled_.next == poll_result::state::waiting) at = polled_.until;
  for (const auto& h : operators_)
    if (const auto t = h->op->next_processing_time(); t && (!at || *t < *at)) at = t;
  return at;
}

void subtask::poll() {
  auto& source = static_cast<source_operator&>(*operators_.front()->op);
  polled_ = source.poll();
  if (polled_.next == poll_result::state::finished) port_.source_finished();
}

subtask::progress subtask::run(std::size_t elements_max) {
  if (!started_) return progress::waiting;
  bool blocked = false;
  bool more = false;
  std::size_t count = 0;
  look_at_clock();
  book_blocked_time();
  for (;;) {
    if (requested_ && watermarks_pending_ == 0 && !timers_due_ && !draining_)
      take_snapshot(*std::exchange(requested_, std::nullopt));
    continue_snapshot();
    if (!outputs_ready()) {
      blocked = true;
      break;
    }
    if (count >= elements_max) {
      more = true;
      break;
    }
    ++count;
    if (resumes_) operators_.front()->op->resume();
    if (advance()) continue;
    if (resumes_ && !operators_.front()->op->ready()) break;
    if (task_.source) {
      if (polled_.next != poll_result::state::more) break;
      poll();
    } else if (auto e = gate_.next()) {
      process(*e);
    } else {
      break;
    }
  }
  finish_run(blocked);
  return more || snapshot_can_go_on() ? progress::more : progress::waiting;
}

void subtask::return_credits() {
  for (std::uint32_t c = 0; c < emptied_.size(); ++c)
    if (!emptied_[c].empty()) port_.send_credit(channel_index{c}, std::exchange(emptied_[c], {}));
}

void subtask::finish_run(bool blocked) {
  for (auto& c : channels_) c.end_of_step();
  return_credits();
  if (task_.source)
    if (const auto report = static_cast<source_operator&>(*operators_.front()->op).take_pace_report())
      port_.send_pace(*report);
  if (blocked && !blocked_since_) blocked_since_ = settings_.time->monotonic();
  publish();
}

/// A run that begins while the subtask was blocked ends that wait, or shows how long it has lasted so far.
void subtask::book_blocked_time() {
  if (!blocked_since_) return;
  const auto now = settings_.time->monotonic();
  operators_.back()->metrics->blocked_ns += static_cast<std::uint64_t>((now - *blocked_since_).count());
  blocked_since_.reset();
}

void subtask::publish() {
  constexpr auto relaxed = std::memory_order_relaxed;
  for (auto& h : operators_) {
    operator_metrics& m = *h->metrics;
    m.records_in.store(h->records_in, relaxed);
    m.records_out.store(h->records_out, relaxed);
    m.batches_in.store(h->batches_in, relaxed);
    m.batches_out.store(h->batches_out, relaxed);
    m.watermark_ms.store(h->last.at.ms(), relaxed);
    const operator_gauges g = h->op->gauges();
    m.state_keys.store(g.state_keys, relaxed);
    m.state_bytes.store(g.state_bytes, relaxed);
    m.timers.store(g.timers, relaxed);
    m.late_records.store(g.late_records, relaxed);
    m.dropped_records.store(g.dropped_records, relaxed);
    if (task_.source && h == operators_.front())
      m.progress.store(static_cast<source_operator&>(*h->op).progress().value_or(-1), relaxed);
  }
}

}  // namespace leat
