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
class sink_operator_base : public stream_operator {
 public:
  result<void> open(const operator_context& context, std::span<output_port* const>) final;
  [[nodiscard]] bool advance_watermark(watermark, std::size_t) final { return true; }
  void change_status(stream_status) final {}

  void begin_snapshot(checkpoint_id id, snapshot_kind kind, snapshot_sink& to) final;
  void checkpoint_completed(checkpoint_id id) final;
  [[nodiscard]] operator_schema stored() const final { return {context_.uid, std::nullopt, {}}; }
  result<void> restore(chunk_kind kind, std::string_view bytes, const operator_schema& schema) final;
  result<void> restored(std::optional<checkpoint_id> from) final;

 protected:
  virtual result<void> open_writer(const connector_context& context) = 0;
  [[nodiscard]] virtual sink_writer_base& writer() = 0;

 private:
  struct prepared {
    checkpoint_id id;
    std::string token;
  };
  connector_context context_;
  std::vector<prepared> pending_;
  std::vector<prepared_output> restored_;
};

template <class T>
class sink_operator final : public sink_operator_base {
 public:
  explicit sink_operator(std::shared_ptr<const sink_connector<T>> connector) : connector_(std::move(connector)) {}

  void process(std::uint32_t, batch_ptr& b) override {
    require(writer_->write(static_cast<const batch<T>&>(*b)));
    b->clear();
  }

 private:
  result<void> open_writer(const connector_context& context) override {
    LEAT_TRY(opened, connector_->open(context));
    writer_ = std::move(opened);
    return {};
  }
  [[nodiscard]] sink_writer_base& writer() override { return *writer_; }

  std::shared_ptr<const sink_connector<T>> connector_;
  std::unique_ptr<sink_writer<T>> writer_;
};

}  // namespace leat
