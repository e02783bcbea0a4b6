#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include <leat/actors/element.hpp>

namespace leat {

/// The sending end of a channel. Fills an open batch; sends it when it is full, or at once when nothing is in flight,
/// or when credit comes back: so batches are small at low load and full at high load, without a timeout to tune.
///
/// Credit: at most `credits` batches are in flight. What is produced beyond that waits here, and `ready()` is false
/// until it has gone; a subtask takes no input while one of its channels is not ready, so what can wait is bounded by
/// the output of one step. Barriers go at once, with what is before them: they never wait for credit.
/// Threading: one subtask.
class output_channel {
 public:
  struct settings {
    std::size_t batch_records = 2048;
    std::size_t credits = 8;
  };
  using sender = std::function<void(element)>;

  output_channel(std::function<batch_ptr(std::size_t)> make_batch, settings s, sender send);

  [[nodiscard]] batch_base& open() { return *open_; }
  /// Closes the open batch and returns a new one.
  batch_base& next();
  /// Sends `b` behind what is open; leaves an empty batch of the same type in it.
  void give(batch_ptr& b);

  void push_watermark(watermark w) { advanced_ = w; }
  void push_status(stream_status s);
  void push_barrier(const barrier& b);

  /// Whether the subtask may take more input.
  [[nodiscard]] bool ready() const { return waiting_.empty() && in_flight_ < settings_.credits; }
  /// Called when the subtask has nothing more to do for now: sends what is open if the channel is quiet.
  void end_of_step() {
    if (in_flight_ == 0) send_open();
  }
  /// Takes emptied batches back.
  void take_credit(std::vector<batch_ptr> emptied);

  [[nodiscard]] std::uint64_t batches_sent() const { return batches_sent_; }

 private:
  [[nodiscard]] batch_ptr fresh();
  void close();
  void send(element e);
  void send_open();
  void send_waiting(std::size_t in_flight_max);

  std::function<batch_ptr(std::size_t)> make_batch_;
  settings settings_;
  sender send_;
  batch_ptr open_;
  std::optional<watermark> advanced_;  ///< to be sent behind the open batch
  std::deque<element> waiting_;        ///< closed, without credit
  std::vector<batch_ptr> pool_;
  std::size_t in_flight_ = 0;
  std::uint64_t batches_sent_ = 0;
};

}  // namespace leat
