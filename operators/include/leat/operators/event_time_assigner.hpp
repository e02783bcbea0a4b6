#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <leat/operators/split_source.hpp>
#include <leat/operators/stateless.hpp>

namespace leat {

/// Gives event times and watermarks in the middle of a stream; the watermarks that come in are ignored, except the
/// final one.
template <class T>
class event_time_assigner final : public stream_operator {
 public:
  explicit event_time_assigner(event_timing<T> timing)
      : timing_(std::move(timing)),
        generator_(timing_.strategy),
        custom_(timing_.make_generator ? timing_.make_generator() : nullptr) {}

  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override {
    clock_ = context.time;
    port_ = outputs[0];
    return {};
  }

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<T>&>(*b);
    if (in.size() > 0) {
      generator_.observe(timing_.extract(in.values(), in.size(), in.times()));
      if (custom_) custom_->look_at(in.values(), in.times(), in.size(), generator_);
      port_->push(b);
    }
    advance();
  }

  [[nodiscard]] bool advance_watermark(watermark w, std::size_t) override {
    if (w == watermark::end()) port_->push_watermark(w);
    return true;
  }
  void change_status(stream_status s) override { port_->push_status(s); }

  bool advance_processing_time(processing_time, std::size_t) override {
    advance();
    return true;
  }
  [[nodiscard]] std::optional<processing_time> next_processing_time() const override {
    const auto interval = timing_.strategy.clock_interval();
    return interval ? std::optional{checked_ + *interval} : std::nullopt;
  }

 private:
  void advance() {
    if (timing_.strategy.clock_interval()) checked_ = clock_->now();
    if (custom_) custom_->look_at_clock(checked_, generator_);
    const generator_output o = generator_.emit(checked_);
    if (o.status) port_->push_status(*o.status);
    if (o.advanced) port_->push_watermark(*o.advanced);
  }

  event_timing<T> timing_;
  watermark_generator generator_;
  std::unique_ptr<record_generator<T>> custom_;
  output_port* port_ = nullptr;
  const clock* clock_ = nullptr;
  processing_time checked_{0};
};

}  // namespace leat
