#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <leat/core/assert.hpp>
#include <leat/core/codec.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// In a batch's column of times: this record has no event time. (In every interface it is an empty optional.)
inline constexpr std::int64_t no_event_time = std::numeric_limits<std::int64_t>::min();

class batch_base;
using batch_ptr = std::shared_ptr<batch_base>;

/// Records side by side, a column each for values, event times and key hashes. The unit of everything: operators are
/// handed batches, channels carry batches, and an emptied batch is filled again, so that the steady state allocates
/// nothing.
/// Threading: belongs to one subtask at a time.
class batch_base {
 public:
  virtual ~batch_base() = default;
  batch_base(const batch_base&) = delete;
  batch_base& operator=(const batch_base&) = delete;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ == capacity_; }
  void clear() { size_ = 0; }
  /// Requires: n ≤ capacity, and the first n rows of every column in use are set.
  void resize(std::size_t n) {
    LEAT_ASSERT(n <= capacity_, "a batch does not grow");
    size_ = n;
  }

  /// Event times in ms, `no_event_time` for none.
  [[nodiscard]] std::int64_t* times() { return times_.get(); }
  [[nodiscard]] const std::int64_t* times() const { return times_.get(); }
  /// Key hashes; set by key_by, meaningless before it.
  [[nodiscard]] std::uint32_t* hashes() { return hashes_.get(); }
  [[nodiscard]] const std::uint32_t* hashes() const { return hashes_.get(); }

  /// An empty batch of the same record type and the given capacity.
  [[nodiscard]] virtual batch_ptr make_another(std::size_t capacity) const = 0;
  /// Copies rows [first, first + count) of `from`, a batch of the same type, to the end of this one. Requires: room.
  virtual void append(const batch_base& from, std::size_t first, std::size_t count) = 0;
  /// Writes size, values, times and hashes, for channels between processes and for recorded channel state.
  virtual void write(encoder& e) const = 0;
  /// Replaces the contents. Errors are left in the decoder.
  virtual void read(decoder& d) = 0;

 protected:
  explicit batch_base(std::size_t capacity)
      : times_(std::make_unique<std::int64_t[]>(capacity)),
        hashes_(std::make_unique<std::uint32_t[]>(capacity)),
        capacity_(capacity) {}

  std::unique_ptr<std::int64_t[]> times_;
  std::unique_ptr<std::uint32_t[]> hashes_;
  std::size_t size_ = 0;
  std::size_t capacity_;
};

/// A batch of T. T needs a default constructor and a codec.
template <class T>
class batch final : public batch_base {
 public:
  explicit batch(std::size_t capacity) : batch_base(capacity), values_(std::make_unique<T[]>(capacity)) {}

  [[nodiscard]] T* values() { return values_.get(); }
  [[nodiscard]] const T* values() const { return values_.get(); }

  /// Requires: !full().
  void push(T value, std::int64_t time) {
    values_[size_] = std::move(value);
    times_[size_] = time;
    ++size_;
  }

  [[nodiscard]] batch_ptr make_another(std::size_t capacity) const override {
    return std::make_shared<batch<T>>(capacity);
  }

  void append(const batch_base& from, std::size_t first, std::size_t count) override {
    const auto& source = static_cast<const batch<T>&>(from);
    LEAT_ASSERT(size_ + count <= capacity_, "no room in the batch");
    std::copy_n(source.values_.get() + first, count, values_.get() + size_);
    std::copy_n(source.times_.get() + first, count, times_.get() + size_);
    std::copy_n(source.hashes_.get() + first, count, hashes_.get() + size_);
    size_ += count;
  }

  void write(encoder& e) const override {
    require_codec<T>();
    e.put_array(size_ * 3);
    for (std::size_t i = 0; i < size_; ++i) {
      codec<T>::write(e, values_[i]);
      e.put_signed(times_[i]);
      e.put_unsigned(hashes_[i]);
    }
  }

  void read(decoder& d) override {
    static const schema s = codec<T>::schema_of();
    const std::size_t parts = d.take_array();
    const std::size_t count = parts / 3;
    size_ = 0;
    if (parts % 3 != 0) return d.fail("a batch has incomplete records");
    if (count > capacity_) return d.fail("a batch has more records than the channel allows");
    for (; size_ < count && !d.failed(); ++size_) {
      codec<T>::read(d, values_[size_], s);
      times_[size_] = d.take_signed(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
      hashes_[size_] = static_cast<std::uint32_t>(d.take_unsigned(std::numeric_limits<std::uint32_t>::max()));
    }
  }

 private:
  std::unique_ptr<T[]> values_;
};

/// How many records of this size a batch holds unless told otherwise: 2048, fewer for records over 32 bytes, so that a
/// batch stays within a core's second-level cache; at least 128.
[[nodiscard]] constexpr std::size_t batch_capacity_for(std::size_t record_bytes) {
  return std::clamp<std::size_t>(65536 / (record_bytes == 0 ? 1 : record_bytes), 128, 2048);
}

}  // namespace leat
