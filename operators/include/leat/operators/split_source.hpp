#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <leat/core/connector.hpp>
#include <leat/core/stream_operator.hpp>
#include <leat/operators/custom_watermarks.hpp>
#include <leat/operators/watermark_strategy.hpp>

namespace leat {

/// How records get their event times, and watermarks follow from them.
template <class T>
struct event_timing {
  /// Fills the times of `count` records and returns the newest, `no_event_time` for none; one call per batch.
  std::function<std::int64_t(const T* values, std::size_t count, std::int64_t* times)> extract;
  watermark_strategy strategy;
  /// Of strategies that look at records; one generator per split.
  std::function<std::unique_ptr<record_generator<T>>()> make_generator = {};
};

/// Reads the splits that fall to a subtask: up to 16 of them in turn, the others when one of these has ended; one after
/// the other where the connector is ordered. Each split that is being read has its own watermark generator; the source's
/// watermark is the minimum over those of them that are not idle. In a pace group, splits that are too far ahead of the
/// slowest source are not read.
class split_source_base : public source_operator {
 public:
  result<void> open(const operator_context& context, std::span<output_port* const> outputs) final;
  poll_result poll() final;
  bool advance_processing_time(processing_time now, std::size_t budget) final;
  [[nodiscard]] std::optional<processing_time> next_processing_time() const final;

  void begin_snapshot(checkpoint_id id, snapshot_kind kind, snapshot_sink& to) final;
  [[nodiscard]] operator_schema stored() const final { return {context_.uid, std::nullopt, {}}; }
  result<void> restore(chunk_kind kind, std::string_view bytes, const operator_schema& schema) final;
  result<void> restored(std::optional<checkpoint_id> from) final;

  [[nodiscard]] std::optional<double> progress() const final;
  [[nodiscard]] operator_gauges gauges() const final;

  [[nodiscard]] std::optional<pace_report> take_pace_report() final;
  void keep_pace(watermark slowest) final { slowest_ = slowest; }

 protected:
  /// Without a strategy the stream has no event time and no watermarks but the final one.
  split_source_base(std::shared_ptr<const source_connector_base> connector, std::optional<watermark_strategy> strategy)
      : connector_(std::move(connector)), strategy_(std::move(strategy)) {}

  [[nodiscard]] virtual batch_ptr make_batch(std::size_t batch_records_max) const = 0;
  [[nodiscard]] virtual result<std::unique_ptr<split_reader_base>> open_reader(
      const source_split& split, std::string_view position, const connector_context& context) const = 0;
  /// Reads into an empty batch.
  [[nodiscard]] virtual result<read_result> read_records(split_reader_base& from, batch_base& to) const = 0;
  /// Fills the column of times and returns the newest.
  [[nodiscard]] virtual std::int64_t extract_times(batch_base& b) const = 0;
  /// The generator of a split, null if its strategy does not look at records.
  [[nodiscard]] virtual std::unique_ptr<custom_generator> make_generator() const = 0;
  /// Hands it records whose times have been extracted.
  virtual void look_at(custom_generator& own, const batch_base& b, watermark_generator& to) const = 0;

 private:
  struct position_of_split {
    bool done = false;
    std::string position;
  };
  struct open_split {
    open_split(source_split s, std::string at, watermark_strategy w, std::unique_ptr<custom_generator> c)
        : split(std::move(s)), start(std::move(at)), generator(std::move(w)), custom(std::move(c)) {}
    source_split split;
    std::string start;
    watermark_generator generator;
    std::unique_ptr<custom_generator> custom;
    std::unique_ptr<split_reader_base> reader;  ///< opened with the first read
  };

  static constexpr std::size_t splits_at_once = 16;

  [[nodiscard]] std::size_t being_read() const;
  [[nodiscard]] bool too_far_ahead(const open_split& s) const;
  result<void> check_forgotten(const std::vector<source_split>& listed);
  read_result read(open_split& s);
  void advance();

  std::shared_ptr<const source_connector_base> connector_;
  std::optional<watermark_strategy> strategy_;
  connector_context context_;
  output_port* port_ = nullptr;
  batch_ptr batch_;
  std::vector<std::unique_ptr<open_split>> open_;
  std::map<std::string, std::string> finished_;  ///< of this subtask: split id → final position
  std::map<std::string, position_of_split> restored_;
  std::size_t own_count_ = 0;
  std::size_t turn_ = 0;
  std::uint64_t skipped_ = 0;
  watermark pushed_ = watermark::none();
  watermark slowest_ = watermark::none();  ///< of the pace group
  pace_report told_{watermark::none()};
  processing_time checked_{0};
  bool idle_ = false;
  bool ended_ = false;
};

template <class T>
class split_source final : public split_source_base {
 public:
  split_source(std::shared_ptr<const source_connector<T>> connector, std::optional<event_timing<T>> timing)
      : split_source_base(connector, timing ? std::optional{timing->strategy} : std::nullopt),
        connector_(std::move(connector)),
        timing_(std::move(timing)) {}

 private:
  [[nodiscard]] batch_ptr make_batch(std::size_t batch_records_max) const override {
    return std::make_shared<batch<T>>(batch_records_max != 0 ? batch_records_max : batch_capacity_for(sizeof(T)));
  }
  [[nodiscard]] result<std::unique_ptr<split_reader_base>> open_reader(
      const source_split& split, std::string_view position, const connector_context& context) const override {
    LEAT_TRY(opened, connector_->open(split, position, context));
    return std::unique_ptr<split_reader_base>(std::move(opened));
  }
  [[nodiscard]] result<read_result> read_records(split_reader_base& from, batch_base& to) const override {
    return static_cast<split_reader<T>&>(from).read(static_cast<batch<T>&>(to));
  }
  [[nodiscard]] std::int64_t extract_times(batch_base& b) const override {
    return timing_->extract(static_cast<batch<T>&>(b).values(), b.size(), b.times());
  }
  [[nodiscard]] std::unique_ptr<custom_generator> make_generator() const override {
    return timing_ && timing_->make_generator ? timing_->make_generator() : nullptr;
  }
  void look_at(custom_generator& own, const batch_base& b, watermark_generator& to) const override {
    static_cast<record_generator<T>&>(own).look_at(static_cast<const batch<T>&>(b).values(), b.times(), b.size(), to);
  }

  std::shared_ptr<const source_connector<T>> connector_;
  std::optional<event_timing<T>> timing_;
};

}  // namespace leat
