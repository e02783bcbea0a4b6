#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace fraud {

/// The recent past of one key: a queue whose entries lie side by side in one block, with little
/// room to spare, for a hundred thousand of them live at once. Dropping from the front moves
/// nothing; the entries move to the start of the block when its end is reached.
/// Cost: push and drop amortised O(1).   Requires: fewer than 2^31 entries.
template <class T>
  requires std::is_trivially_copyable_v<T>
class trail {
 public:
  trail() = default;
  trail(const trail& other) { take_over(other, other.size_); }
  trail(trail&& other) noexcept
      : block_(std::move(other.block_)),
        capacity_(std::exchange(other.capacity_, 0)),
        first_(std::exchange(other.first_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  trail& operator=(trail other) noexcept {
    std::swap(block_, other.block_);
    std::swap(capacity_, other.capacity_);
    std::swap(first_, other.first_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~trail() = default;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }

  /// Oldest first; valid until the next change. Behind the last entry `padding` more may be read,
  /// with any content.
  [[nodiscard]] const T* data() const { return block_.get() + first_; }
  static constexpr std::uint32_t padding = 4;

  void push(T entry) {
    if (first_ + size_ == capacity_) make_room();
    block_[first_ + size_] = entry;
    ++size_;
  }

  /// Forgets the oldest entries.   Requires: count <= size().
  void drop(std::uint32_t count) {
    first_ += count;
    size_ -= count;
    if (capacity_ > smallest && size_ < capacity_ / 4) take_over(*this, size_ + size_ / 8);
  }

 private:
  static constexpr std::uint32_t smallest = 32;

  void make_room() {
    if (first_ > size_ / 8) {
      std::copy_n(data(), size_, block_.get());
      first_ = 0;
    } else {
      take_over(*this, size_ + std::max(size_ / 8, 8U));
    }
  }

  /// Copies the entries of `from`, which may be this trail, to the start of a new block.
  void take_over(const trail& from, std::uint32_t capacity) {
    auto block = std::make_unique<T[]>(capacity + padding);
    std::copy_n(from.data(), from.size_, block.get());
    size_ = from.size_;
    block_ = std::move(block);
    capacity_ = capacity;
    first_ = 0;
  }

  std::unique_ptr<T[]> block_;
  std::uint32_t capacity_ = 0;
  std::uint32_t first_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace fraud
