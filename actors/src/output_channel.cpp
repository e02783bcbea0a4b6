#include <leat/actors/output_channel.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace leat {

output_channel::output_channel(std::function<batch_ptr(std::size_t)> make_batch, settings s, sender send)
    : make_batch_(std::move(make_batch)), settings_(s), send_(std::move(send)), open_(make_batch_(s.batch_records)) {}

batch_ptr output_channel::fresh() {
  if (pool_.empty()) return make_batch_(settings_.batch_records);
  batch_ptr b = std::move(pool_.back());
  pool_.pop_back();
  return b;
}

void output_channel::send(element e) {
  if (e.records) {
    ++in_flight_;
    ++batches_sent_;
  }
  send_(std::move(e));
}

/// Moves the open batch, with the watermark behind it, to the end of the queue.
void output_channel::close() {
  if (open_->empty() && !advanced_) return;
  element e;
  if (!open_->empty()) e.records = std::exchange(open_, fresh());
  e.advanced = std::exchange(advanced_, std::nullopt);
  waiting_.push_back(std::move(e));
}

void output_channel::send_waiting(std::size_t in_flight_max) {
  for (; !waiting_.empty() && (in_flight_ < in_flight_max || !waiting_.front().records); waiting_.pop_front())
    send(std::move(waiting_.front()));
}

void output_channel::send_open() {
  close();
  send_waiting(settings_.credits);
}

batch_base& output_channel::next() {
  send_open();
  return *open_;
}

void output_channel::give(batch_ptr& b) {
  if (b->empty()) return;
  if (open_->empty() && b->capacity() == open_->capacity()) {
    std::swap(open_, b);
    if (open_->full()) send_open();
    return;
  }
  for (std::size_t first = 0; first < b->size();) {
    const std::size_t count = std::min(open_->capacity() - open_->size(), b->size() - first);
    open_->append(*b, first, count);
    first += count;
    if (open_->full()) send_open();
  }
  b->clear();
}

void output_channel::push_status(stream_status s) {
  close();
  element e;
  e.status = s;
  waiting_.push_back(std::move(e));
  send_waiting(settings_.credits);
}

void output_channel::push_barrier(const barrier& b) {
  close();
  send_waiting(std::numeric_limits<std::size_t>::max());
  element e;
  e.barrier = b;
  send(std::move(e));
}

void output_channel::take_credit(std::vector<batch_ptr> emptied) {
  in_flight_ -= std::min(in_flight_, emptied.size());
  for (auto& b : emptied)
    if (b && pool_.size() < settings_.credits) pool_.push_back(std::move(b));
  send_waiting(settings_.credits);
  if (in_flight_ < settings_.credits) send_open();
}

}  // namespace leat
