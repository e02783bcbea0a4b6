#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include <leat/core/operator_failure.hpp>
#include <leat/operators/keyed_operator.hpp>
#include <leat/operators/output.hpp>
#include <leat/operators/trigger.hpp>
#include <leat/operators/window_assigner.hpp>

namespace leat {

/// What a window operator is told beside the function and the key.
template <class In>
struct window_settings {
  window_assigner assigner;
  duration allowed_lateness{0};
  std::optional<output_tag<In>> late_output;
  std::function<duration(const In&)> gap_of;  ///< of sessions, instead of the assigner's gap; may be empty
  trigger_factory<In> make_trigger;           ///< for window_firing::by_trigger
};

/// What window operators share: when windows are over, what becomes of late records, where results go.
template <class In, class Out>
class window_operator_base : public keyed_operator {
 public:
  [[nodiscard]] operator_gauges gauges() const override {
    operator_gauges g = keyed_operator::gauges();
    g.late_records = late_;
    return g;
  }

 protected:
  window_operator_base(state_owner& owner, keyed_table::key_reader read_key, window_settings<In> settings)
      : keyed_operator(owner, timer_use::some, read_key), settings_(std::move(settings)) {}

  [[nodiscard]] bool on_event_time() const { return settings_.assigner.domain() == time_domain::event; }
  [[nodiscard]] std::int64_t watermark_ms() const { return runtime_.current_watermark().at.ms(); }
  /// When a window is forgotten; never for windows without end.
  [[nodiscard]] std::int64_t over_at(const time_window& w) const {
    return on_event_time() ? (event_time{w.last_ms()} + settings_.allowed_lateness).ms() : w.last_ms();
  }

  /// The time by which a record falls into windows.
  [[nodiscard]] std::int64_t time_of(std::int64_t at_ms) const {
    if (!on_event_time()) return runtime_.now().ms();
    if (at_ms == no_event_time && !settings_.assigner.is_global()) throw operator_failure{no_times()};
    return at_ms;
  }

  /// No window took the record. (A session that is over may have been met by one that is not late itself.)
  void refuse(const In& record, std::int64_t at_ms) {
    if (!on_event_time() || (event_time{at_ms} + settings_.allowed_lateness).ms() > watermark_ms()) return;
    if (settings_.late_output)
      runtime_.sides().emit(*settings_.late_output, record, at_ms);
    else
      ++late_;
  }

  void open_output(output_port& port, std::size_t batch_records_max) final {
    out_.open(port, batch_records_max != 0 ? batch_records_max : batch_capacity_for(sizeof(Out)));
  }
  void flush_output() final { out_.flush(); }

  window_settings<In> settings_;
  output<Out> out_;

 private:
  [[nodiscard]] error no_times() const {
    return {errc::invalid_argument, "operator '" + runtime_.uid() +
                                        "' has windows of event time, and its records have none; call event_time on "
                                        "the stream before key_by, or use on_processing_time()"};
  }

  std::uint64_t late_ = 0;
};

}  // namespace leat
