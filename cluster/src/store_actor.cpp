#include "store_actor.hpp"

#include <algorithm>
#include <utility>

namespace leat {

store_actor::store_actor(caf::actor_config& cfg, std::shared_ptr<checkpoint_store> store, const leat::clock* time)
    : ordered_actor(cfg), store_(std::move(store)), time_(time) {}

caf::behavior store_actor::handlers() {
  return {
      on([this](read_state l) {
        coordinator_ = caf::actor_cast<caf::actor>(current_sender());
        load(l.epoch);
      }),
      on([this](begin_checkpoint& b) { begin(b); }),
      on([this](const store_chunk& c) {
        add(c);
        send(caf::actor_cast<caf::actor>(current_sender()), chunk_stored{});
      }),
      on([this](snapshot_taken& s) { take(s); }),
      on([this](drop_checkpoint) { pending_.reset(); }),
      on([this](stop_task) {
        pending_.reset();
        store_.reset();
        quit();
      }),
  };
}

void store_actor::load(leat::epoch e) {
  pending_.reset();
  state_loaded answer{e, nullptr, std::nullopt, store_->warnings()};
  auto loaded = store_->load_latest();
  if (!loaded) return send(coordinator_, store_failed{e, loaded.error().code, loaded.error().detail});
  if (*loaded) {
    loaded_checkpoint& checkpoint = **loaded;
    auto state = std::make_shared<restored_state>();
    state->from = checkpoint.manifest().id;
    std::vector<std::shared_ptr<const operator_schema>> schemas;
    const auto shared = [&schemas](const operator_schema& s) {
      const auto known = std::find_if(schemas.begin(), schemas.end(), [&](const auto& k) { return *k == s; });
      return known != schemas.end() ? *known : schemas.emplace_back(std::make_shared<const operator_schema>(s));
    };
    const auto read =
        checkpoint.for_each_chunk([&](const snapshot_chunk& chunk, const operator_schema& written_as) -> result<void> {
          state->pieces.push_back({chunk, shared(written_as)});
          return {};
        });
    if (!read) return send(coordinator_, store_failed{e, read.error().code, read.error().detail});
    answer.max_parallelism = checkpoint.manifest().max_parallelism;
    for (const auto& s : checkpoint.skipped())
      answer.warnings.push_back("checkpoint " + std::to_string(s.id.value()) +
                                " is damaged and passed over: " + s.reason);
    answer.state = std::move(state);
  }
  send(coordinator_, std::move(answer));
}

void store_actor::begin(begin_checkpoint& b) {
  const snapshot_kind kind = store_->needs_full() ? snapshot_kind::full : snapshot_kind::changes;
  pending_.reset();
  auto writer = store_->begin({kind, b.epoch, time_->now(), b.max_parallelism});
  if (!writer)
    return send(coordinator_, checkpoint_failed{b.epoch, std::nullopt, writer.error().code, writer.error().detail});
  pending_.emplace(pending{b.epoch, *std::move(writer), b.subtasks, std::move(b.operators), b.finished});
  send(coordinator_, checkpoint_begun{b.epoch, {pending_->writer->id(), kind}});
}

void store_actor::fail(const error& e) {
  send(coordinator_, checkpoint_failed{pending_->epoch, pending_->writer->id(), e.code, e.detail});
  pending_->writer->abandon();
  pending_.reset();
}

void store_actor::add(const store_chunk& c) {
  if (!pending_ || pending_->epoch != c.epoch || pending_->writer->id() != c.id) return;
  if (auto added = pending_->writer->add(c.chunk); !added) fail(added.error());
}

void store_actor::take(snapshot_taken& s) {
  if (!pending_ || pending_->epoch != s.epoch || pending_->writer->id() != s.id) return;
  for (auto& schema : s.schemas)
    for (auto& o : pending_->operators)
      if (o.schema.uid == schema.uid) o.schema = std::move(schema);
  if (--pending_->snapshots_missing == 0) commit();
}

void store_actor::commit() {
  auto summary = pending_->writer->commit(std::move(pending_->operators), pending_->finished);
  if (!summary) return fail(summary.error());
  send(coordinator_, checkpoint_durable{pending_->epoch, *std::move(summary)});
  pending_.reset();
}

}  // namespace leat
