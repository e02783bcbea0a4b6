#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "measure.hpp"

namespace bench {

/// One direction between two threads: a ring of batches with one writer and one reader.
template <class T>
class plain_ring {
 public:
  static constexpr std::size_t batch_records = 512;

  /// A free batch to fill; null while the ring is full.
  T* begin_write() {
    const std::size_t tail = tail_.value.load(std::memory_order_relaxed);
    if (tail - head_.value.load(std::memory_order_acquire) >= batches) return nullptr;
    return records_.get() + tail % batches * batch_records;
  }
  void end_write(std::size_t count) {
    const std::size_t tail = tail_.value.load(std::memory_order_relaxed);
    counts_[tail % batches] = count;
    tail_.value.store(tail + 1, std::memory_order_release);
  }

  /// Hands the next batch to `take(const T*, count)`; false if there is none.
  template <class Take>
  bool read(Take&& take) {
    const std::size_t head = head_.value.load(std::memory_order_relaxed);
    if (tail_.value.load(std::memory_order_acquire) == head) return false;
    take(records_.get() + head % batches * batch_records, counts_[head % batches]);
    head_.value.store(head + 1, std::memory_order_release);
    return true;
  }

 private:
  static constexpr std::size_t batches = 64;
  struct alignas(64) position {
    std::atomic<std::size_t> value{0};
  };
  position head_;
  position tail_;
  std::unique_ptr<T[]> records_ = std::make_unique<T[]>(batches * batch_records);
  std::array<std::size_t, batches> counts_{};
};

/// What a thread does with the batches of a shuffle, each a function of (const T*, count), and while it must wait.
template <class Own, class Others, class Idle>
struct exchange_handlers {
  Own own;        ///< takes its own records
  Others others;  ///< takes what the other thread has sent
  Idle idle;      ///< called while nothing can be done: drains what comes after this shuffle
};

/// A hash shuffle between two threads: each keeps the records that are its own and sends the others in batches.
template <class T>
class plain_exchange {
 public:
  /// One thread's end of the shuffle.
  class end {
   public:
    end(plain_exchange& e, std::size_t self) : exchange_(e), self_(self) {}

    /// Sends a record to its owner; records are processed now and then, batch by batch.
    template <class Handlers>
    void put(std::size_t owner, const T& r, Handlers& h) {
      lane& l = lanes_[owner];
      l.records[l.count] = r;
      if (++l.count == plain_ring<T>::batch_records) [[unlikely]]
        flush(owner, h);
    }
    /// Processes a batch of what the other has sent; false if there is none now.
    template <class Handlers>
    bool poll(Handlers& h) {
      return exchange_.rings_[self_].read(h.others);
    }
    /// Sends what is left, says so, and processes what the other has still to send.
    template <class Handlers>
    void finish(Handlers& h) {
      flush(0, h);
      flush(1, h);
      exchange_.done_[self_].store(true, std::memory_order_release);
      while (!exchange_.done_[1 - self_].load(std::memory_order_acquire))
        if (!poll(h)) h.idle();
      while (poll(h)) {
      }
    }

   private:
    struct lane {
      std::array<T, plain_ring<T>::batch_records> records;
      std::size_t count = 0;
    };

    template <class Handlers>
    void flush(std::size_t owner, Handlers& h) {
      lane& l = lanes_[owner];
      if (l.count == 0) return;
      if (owner == self_) {
        h.own(l.records.data(), l.count);
      } else {
        plain_ring<T>& out = exchange_.rings_[owner];
        T* to = nullptr;
        while ((to = out.begin_write()) == nullptr)
          if (!poll(h)) h.idle();
        std::copy_n(l.records.data(), l.count, to);
        out.end_write(l.count);
        poll(h);
      }
      l.count = 0;
    }

    plain_exchange& exchange_;
    std::size_t self_;
    std::array<lane, 2> lanes_{};
  };

 private:
  std::array<plain_ring<T>, 2> rings_;  ///< by reader
  std::array<std::atomic<bool>, 2> done_{};
};

/// Runs `prepare(0)`, `prepare(1)` and then `work(0)`, `work(1)` on two threads, each tied to a core, and says how long the
/// work took, from when both were ready until both were done.
template <class Prepare, class Work>
interval on_two_threads(Prepare&& prepare, Work&& work) {
  stamp begin;
  stamp end;
  std::barrier ready(2, [&begin]() noexcept { begin = stamp::now(); });
  std::barrier done(2, [&end]() noexcept { end = stamp::now(); });
  const auto run = [&](std::size_t self) {
    const pinned here{self, self};
    prepare(self);
    ready.arrive_and_wait();
    work(self);
    done.arrive_and_wait();
  };
  std::thread other(run, 1);
  run(0);
  other.join();
  return begin.until(end);
}

}  // namespace bench
