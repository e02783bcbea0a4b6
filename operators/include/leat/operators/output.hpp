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
    gathered_ = std::make_shared<batch<T>>(capacity);
    begin();
  }
  /// For the runtime: the event time of what follows, `no_event_time` for none.
  void set_time(std::int64_t time) { time_ = time; }
  /// For the runtime: hands on what is gathered.
  void flush() {
    if (!gathered_) return;
    gathered_->resize(static_cast<std::size_t>(next_ - values()));
    if (!gathered_->empty()) port_->push(gathered_);
    begin();
  }

 private:
  void emit_at(T value, std::int64_t time) {
    *next_++ = std::move(value);
    *next_time_++ = time;
    if (next_ == end_) [[unlikely]]
      flush();
  }
  void begin() {
    next_ = values();
    next_time_ = gathered_->times();
    end_ = next_ + gathered_->capacity();
  }
  [[nodiscard]] T* values() { return static_cast<batch<T>&>(*gathered_).values(); }

  // Where the next record goes within the batch; the batch itself learns its size when it is handed on.
  T* next_ = nullptr;
  std::int64_t* next_time_ = nullptr;
  T* end_ = nullptr;
  std::int64_t time_ = no_event_time;
  batch_ptr gathered_;
  output_port* port_ = nullptr;
};

/// Names a side output and its record type: `const leat::output_tag<payment> late{"late"};`.
template <class T>
struct output_tag {
  const char* name;
};

}  // namespace leat
