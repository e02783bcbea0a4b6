#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <leat/core/key_group.hpp>
#include <leat/core/operator_failure.hpp>
#include <leat/core/stream_operator.hpp>
#include <leat/operators/side_outputs.hpp>

namespace leat {

/// Holds records until the watermark has passed their event time and releases them in event-time order, equal times in
/// the order of arrival. Works on a keyed stream: order within each key is what it gives, and what it holds moves with
/// the keys. Late records (event time ≤ watermark on arrival) go to a side output, or are dropped and counted.
/// Cost: nothing but a copy for what arrives in order.
template <class T>
class event_time_sorter final : public stream_operator {
 public:
  explicit event_time_sorter(std::optional<output_tag<T>> late_output = std::nullopt) : late_output_(late_output) {}

  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override {
    uid_ = context.uid;
    groups_ = context.groups;
    max_parallelism_ = context.max_parallelism;
    port_ = outputs[0];
    sides_.open(context.side_outputs, outputs, context.batch_records_max);
    const std::size_t capacity =
        context.batch_records_max != 0 ? context.batch_records_max : batch_capacity_for(sizeof(T));
    out_ = std::make_shared<batch<T>>(capacity);
    return {};
  }

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<T>&>(*b);
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in.times()[i] <= watermark_.at.ms()) [[unlikely]] {
        if (in.times()[i] == no_event_time) throw operator_failure{no_times()};
        refuse(std::move(in.values()[i]), in.times()[i]);
        continue;
      }
      add({in.times()[i], in.hashes()[i], std::move(in.values()[i])});
    }
    in.clear();
    sides_.flush();
  }

  [[nodiscard]] bool advance_watermark(watermark w, std::size_t budget) override {
    watermark_ = std::max(watermark_, w);
    if (!in_order_) {
      std::stable_sort(held_.begin() + static_cast<std::ptrdiff_t>(head_), held_.end(),
                       [](const held_record& x, const held_record& y) { return x.time < y.time; });
      in_order_ = true;
    }
    const std::size_t stop = std::min(held_.size(), head_ + budget);
    for (; head_ < stop && held_[head_].time <= w.at.ms(); ++head_) release(held_[head_]);
    if (!out_->empty()) port_->push(out_);
    const bool done = head_ == held_.size() || held_[head_].time > w.at.ms();
    if (head_ > held_.size() / 2) {
      held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    if (done) port_->push_watermark(w);
    return done;
  }
  void change_status(stream_status s) override { port_->push_status(s); }

  [[nodiscard]] operator_schema stored() const override {
    return {uid_, std::nullopt, {{"held", "list", codec<T>::schema_of()}}};
  }
  void begin_snapshot(checkpoint_id, snapshot_kind, snapshot_sink& to) override {
    chunk_builder chunk{to, chunk_kind::operator_state};
    for (std::size_t i = head_; i < held_.size(); ++i) {
      encoder& e = chunk.begin();
      e.put_array(3);
      e.put_signed(held_[i].time);
      e.put_unsigned(held_[i].hash);
      codec<T>::write(e, held_[i].value);
      chunk.end();
    }
    chunk.flush();
  }
  result<void> restore(chunk_kind, std::string_view bytes, const operator_schema& stored) override {
    if (stored.states.size() != 1 || stored.states[0].name != "held")
      return error{errc::incompatible,
                   "operator '" + uid_ + "' did not sort by event time when the checkpoint was taken"};
    const schema wanted = codec<T>::schema_of();
    if (auto why = schema::why_unreadable(stored.states[0].type, wanted); !why.empty())
      return error{errc::incompatible, "operator '" + uid_ + "': held records: " + why};
    decoder d{bytes};
    while (!d.at_end()) {
      if (d.take_array() != 3) d.fail("a held record must have three parts");
      held_record r;
      r.time = d.take_signed(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
      r.hash = static_cast<std::uint32_t>(d.take_unsigned(0xFFFFFFFFU));
      codec<T>::read(d, r.value, stored.states[0].type);
      if (!d.failed() && groups_.contains(key_group_of(r.hash, max_parallelism_))) add(std::move(r));
    }
    if (d.failed()) return error{errc::corrupt, "operator '" + uid_ + "': " + d.failure()};
    return {};
  }

  [[nodiscard]] operator_gauges gauges() const override {
    operator_gauges g;
    g.state_bytes = (held_.size() - head_) * sizeof(held_record);
    g.late_records = late_;
    return g;
  }

 private:
  struct held_record {
    std::int64_t time = 0;
    std::uint32_t hash = 0;
    T value{};
  };

  [[nodiscard]] error no_times() const {
    return {errc::invalid_argument, "operator '" + uid_ +
                                        "' sorts by event time, and its records have none; call event_time "
                                        "on the stream before key_by"};
  }
  void refuse(T value, std::int64_t time) {
    if (late_output_)
      sides_.emit(*late_output_, std::move(value), time);
    else
      ++late_;
  }
  void add(held_record r) {
    if (head_ < held_.size() && r.time < held_.back().time) in_order_ = false;
    held_.push_back(std::move(r));
  }
  void release(held_record& r) {
    auto& out = static_cast<batch<T>&>(*out_);
    out.hashes()[out.size()] = r.hash;
    out.push(std::move(r.value), r.time);
    if (out.full()) port_->push(out_);
  }

  std::optional<output_tag<T>> late_output_;
  side_outputs sides_;
  std::vector<held_record> held_;
  std::size_t head_ = 0;  ///< records before it have been released
  bool in_order_ = true;
  watermark watermark_ = watermark::none();
  std::uint64_t late_ = 0;
  output_port* port_ = nullptr;
  batch_ptr out_;
  key_group_range groups_;
  std::uint32_t max_parallelism_ = 128;
  std::string uid_;
};

}  // namespace leat
