#pragma once

#include <type_traits>
#include <utility>

#include <leat/core/stream_operator.hpp>
#include <leat/operators/output.hpp>

namespace leat {

/// What operators without state or timers share: they pass watermarks and statuses on.
class stateless_operator : public stream_operator {
 public:
  [[nodiscard]] bool advance_watermark(watermark w, std::size_t) override {
    port_->push_watermark(w);
    return true;
  }
  void change_status(stream_status s) override { port_->push_status(s); }

 protected:
  output_port* port_ = nullptr;
};

/// One record out for each record in. Where the types are equal the batch is changed in place.
template <class In, class Out, class F>
class map_operator final : public stateless_operator {
 public:
  explicit map_operator(F f) : f_(std::move(f)) {}

  result<void> open(const operator_context&, std::span<output_port* const> outputs) override {
    port_ = outputs[0];
    return {};
  }

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<In>&>(*b);
    const std::size_t count = in.size();
    In* values = in.values();
    if constexpr (std::is_same_v<In, Out>) {
      for (std::size_t i = 0; i < count; ++i) values[i] = f_(std::as_const(values[i]));
      port_->push(b);
    } else {
      if (!out_ || out_->capacity() < count) out_ = std::make_shared<batch<Out>>(in.capacity());
      auto& out = static_cast<batch<Out>&>(*out_);
      Out* results = out.values();
      for (std::size_t i = 0; i < count; ++i) results[i] = f_(std::as_const(values[i]));
      std::copy_n(in.times(), count, out.times());
      out.resize(count);
      in.clear();
      port_->push(out_);
    }
  }

 private:
  F f_;
  batch_ptr out_;
};

/// Keeps the records for which F is true; the batch is packed in place.
template <class T, class F>
class filter_operator final : public stateless_operator {
 public:
  explicit filter_operator(F f) : f_(std::move(f)) {}

  result<void> open(const operator_context&, std::span<output_port* const> outputs) override {
    port_ = outputs[0];
    return {};
  }

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<T>&>(*b);
    const std::size_t count = in.size();
    T* values = in.values();
    std::int64_t* times = in.times();
    std::size_t kept = 0;
    if constexpr (std::is_trivially_copyable_v<T>) {
      for (std::size_t i = 0; i < count; ++i) {  // without a branch: what is dropped is overwritten
        const bool keep = f_(std::as_const(values[i]));
        values[kept] = values[i];
        times[kept] = times[i];
        kept += keep ? 1 : 0;
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        if (!f_(std::as_const(values[i]))) continue;
        if (kept != i) {
          values[kept] = std::move(values[i]);
          times[kept] = times[i];
        }
        ++kept;
      }
    }
    in.resize(kept);
    if (kept > 0) port_->push(b);
  }

 private:
  F f_;
};

/// Any number of records out for each record in: F is called with the record and the output.
template <class In, class Out, class F>
class flat_map_operator final : public stateless_operator {
 public:
  explicit flat_map_operator(F f) : f_(std::move(f)) {}

  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override {
    port_ = outputs[0];
    out_.open(*port_, context.batch_records_max != 0 ? context.batch_records_max : batch_capacity_for(sizeof(Out)));
    return {};
  }

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<In>&>(*b);
    for (std::size_t i = 0; i < in.size(); ++i) {
      out_.set_time(in.times()[i]);
      f_(std::as_const(in.values()[i]), out_);
    }
    in.clear();
    out_.flush();
  }

 private:
  F f_;
  output<Out> out_;
};

}  // namespace leat
