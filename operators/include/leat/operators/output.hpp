#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <leat/core/batch.hpp>
#include <leat/core/stream_operator.hpp>

namespace leat {

/// Where user code puts its results. Records are gathered into a batch, which moves on when it is full and at the end
/// of each input batch.
/// Threading: one subtask.
template <class T>
class output {
 public:
  /// Adds a record with the event time of what is being processed: the input record's, or the firing timer's.
  void emit(T value) { emit_at(std::move(value), time_); }
  /// Adds a record with an event time of its own.
  void emit(T value, event_time at) { emit_at(std::move(value), at.ms()); }

  /// For the runtime: connects the output; `port` outlives it.
  void open(output_port& port, std::size_t capacity) {
    require_codec<T>();
    port_ = &port;
    holder_ = std::make_shared<batch<T>>(capacity);
    open_ = static_cast<batch<T>*>(holder_.get());
  }
  /// For the runtime: the event time of what follows, `no_event_time` for none.
  void set_time(std::int64_t time) { time_ = time; }
  /// For the runtime: hands on what is gathered.
  void flush() {
    if (open_ == nullptr || open_->empty()) return;
    port_->push(holder_);
    open_ = static_cast<batch<T>*>(holder_.get());
  }

 private:
  void emit_at(T value, std::int64_t time) {
    open_->push(std::move(value), time);
    if (open_->full()) [[unlikely]] flush();
  }

  batch<T>* open_ = nullptr;
  std::int64_t time_ = no_event_time;
  batch_ptr holder_;
  output_port* port_ = nullptr;
};

/// Names a side output and its record type: `const leat::output_tag<payment> late{"late"};`.
template <class T>
struct output_tag {
  const char* name;
};

}  // namespace leat
