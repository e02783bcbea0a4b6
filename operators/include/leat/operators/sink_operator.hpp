#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <leat/core/connector.hpp>
#include <leat/core/operator_failure.hpp>
#include <leat/core/stream_operator.hpp>

namespace leat {

/// Hands a stream to a connector's writer, in two phases: at each barrier the writer prepares what it has; the tokens
/// are part of the snapshot; once the checkpoint is durable they are committed.
template <class T>
class sink_operator final : public stream_operator {
 public:
  explicit sink_operator(std::shared_ptr<const sink_connector<T>> connector) : connector_(std::move(connector)) {}

  result<void> open(const operator_context& context, std::span<output_port* const>) override {
    context_ = {context.uid, context.subtask, context.parallelism, context.files, context.time};
    LEAT_TRY(writer, connector_->open(context_));
    writer_ = std::move(writer);
    return {};
  }

  void process(std::uint32_t, batch_ptr& b) override {
    require(writer_->write(static_cast<const batch<T>&>(*b)));
    b->clear();
  }
  [[nodiscard]] bool advance_watermark(watermark, std::size_t) override { return true; }
  void change_status(stream_status) override {}

  void begin_snapshot(checkpoint_id id, snapshot_kind, snapshot_sink& to) override {
    auto token = writer_->prepare(id);
    if (!token) throw operator_failure{std::move(token).error()};
    if (!token->empty()) pending_.push_back({id, *std::move(token)});
    chunk_builder chunk{to, chunk_kind::operator_state};
    for (const auto& p : pending_) {
      encoder& e = chunk.begin();
      e.put_array(2);
      e.put_unsigned(context_.subtask.value());
      e.put_string(p.token);
      chunk.end();
    }
    chunk.flush();
  }

  void checkpoint_completed(checkpoint_id id) override {
    for (const auto& p : pending_)
      if (p.id <= id) require(writer_->commit(p.token));
    std::erase_if(pending_, [id](const prepared& p) { return p.id <= id; });
  }

  [[nodiscard]] operator_schema stored() const override { return {context_.uid, std::nullopt, {}}; }

  result<void> restore(chunk_kind, std::string_view bytes, const operator_schema&) override {
    decoder d{bytes};
    while (!d.at_end()) {
      if (d.take_array() != 2) d.fail("prepared output must have two parts");
      const auto writer = static_cast<std::uint32_t>(d.take_unsigned(0xFFFFFFFFU));
      std::string token{d.take_string()};
      if (!d.failed() && writer % context_.parallelism == context_.subtask.value())
        restored_.push_back({subtask_index{writer}, std::move(token)});
    }
    if (d.failed()) return error{errc::corrupt, "sink '" + context_.uid + "': " + d.failure()};
    return {};
  }
  result<void> restored(std::optional<checkpoint_id> from) override {
    LEAT_CHECK(writer_->recover(from, restored_));
    restored_.clear();
    return {};
  }

 private:
  struct prepared {
    checkpoint_id id;
    std::string token;
  };
  std::shared_ptr<const sink_connector<T>> connector_;
  connector_context context_;
  std::unique_ptr<sink_writer<T>> writer_;
  std::vector<prepared> pending_;
  std::vector<prepared_output> restored_;
};

}  // namespace leat
