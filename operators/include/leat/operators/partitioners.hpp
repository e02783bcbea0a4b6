#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <leat/core/hash.hpp>
#include <leat/core/key_group.hpp>
#include <leat/core/partitioner.hpp>

namespace leat {

/// By key group: sets the batch's hash column and moves each record to the subtask that owns its key.
template <class T, class Key>
class hash_partitioner final : public partitioner {
  using K = std::decay_t<std::invoke_result_t<const Key&, const T&>>;

 public:
  hash_partitioner(Key key, std::uint32_t max_parallelism) : key_(std::move(key)), max_parallelism_(max_parallelism) {}

  void route(batch_ptr& b, channel_set& to) override {
    auto& in = static_cast<batch<T>&>(*b);
    const T* values = in.values();
    std::uint32_t* hashes = in.hashes();
    const std::size_t count = in.size();
    for (std::size_t i = 0; i < count; ++i) hashes[i] = key_hash<K>{}(key_(values[i]));
    if (to.count() == 1)
      to.give(0, b);
    else
      scatter(in, to);
  }

 private:
  /// The open batch of a channel, taken apart for the inner loop.
  struct lane {
    T* values;
    std::int64_t* times;
    std::uint32_t* hashes;
    std::size_t size;
    std::size_t capacity;
    batch_base* open;

    void load(batch_base& b) {
      open = &b;
      values = static_cast<batch<T>&>(b).values();
      times = b.times();
      hashes = b.hashes();
      size = b.size();
      capacity = b.capacity();
    }
  };

  void prepare(channel_set& to) {
    if (owners_.empty()) {
      owners_.resize(max_parallelism_);
      for (std::uint32_t g = 0; g < max_parallelism_; ++g)
        owners_[g] = static_cast<std::uint16_t>(subtask_of(g, to.count(), max_parallelism_).value());
      lanes_.resize(to.count());
    }
    for (std::uint32_t c = 0; c < to.count(); ++c) lanes_[c].load(to.open(c));
  }

  void scatter(batch<T>& in, channel_set& to) {
    prepare(to);
    targets_.resize(std::max(targets_.size(), in.size()));
    route_hashes(in.hashes(), in.size(), max_parallelism_, owners_.data(), targets_.data());
    for (std::size_t i = 0; i < in.size(); ++i) {
      lane& l = lanes_[targets_[i]];
      l.values[l.size] = std::move(in.values()[i]);
      l.times[l.size] = in.times()[i];
      l.hashes[l.size] = in.hashes()[i];
      if (++l.size == l.capacity) [[unlikely]] {
        l.open->resize(l.size);
        l.load(to.next(targets_[i]));
      }
    }
    for (auto& l : lanes_) l.open->resize(l.size);
    in.clear();
  }

  [[no_unique_address]] Key key_;
  std::uint32_t max_parallelism_;
  std::vector<std::uint16_t> owners_;
  std::vector<std::uint16_t> targets_;
  std::vector<lane> lanes_;
};

/// Whole batches, to the receivers in turn; to the only one where there is one.
class rebalance_partitioner final : public partitioner {
 public:
  void route(batch_ptr& b, channel_set& to) override {
    if (next_ >= to.count()) next_ = 0;
    to.give(next_++, b);
  }

 private:
  std::uint32_t next_ = 0;
};

/// Every record to every receiver.
class broadcast_partitioner final : public partitioner {
 public:
  void route(batch_ptr& b, channel_set& to) override {
    for (std::uint32_t c = 0; c < to.count(); ++c) {
      for (std::size_t first = 0; first < b->size();) {
        batch_base* open = &to.open(c);
        const std::size_t count = std::min(open->capacity() - open->size(), b->size() - first);
        open->append(*b, first, count);
        first += count;
        if (open->full()) to.next(c);
      }
    }
    b->clear();
  }
};

}  // namespace leat
