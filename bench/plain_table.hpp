#pragma once

#include <sys/mman.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <type_traits>

namespace bench {

/// The bare table that the plain loops use, the best we know for integer keys: open addressing with linear probing, a
/// power of two of slots, at most half full (a quarter when small), a multiplicative hash, huge pages. It has nothing
/// that an engine needs beside: no growth, no key groups, no dirty marks, no absent values.
/// Requires: no more keys than it was made for; the key `empty` never occurs.
template <class Value>
  requires std::is_trivially_copyable_v<Value>
class plain_table {
 public:
  explicit plain_table(std::size_t keys) {
    const std::size_t capacity = std::bit_ceil(keys * (keys <= 200'000 ? 4 : 2) + 16);
    mask_ = capacity - 1;
    shift_ = 64 - std::countr_zero(capacity);
    bytes_ = (capacity * sizeof(entry) + huge_page - 1) / huge_page * huge_page;
    entries_ = static_cast<entry*>(std::aligned_alloc(huge_page, bytes_));
    if (entries_ == nullptr) throw std::bad_alloc{};
    madvise(entries_, bytes_, MADV_HUGEPAGE);
    for (std::size_t i = 0; i < capacity; ++i) new (entries_ + i) entry{empty, Value{}};
  }
  ~plain_table() { std::free(entries_); }
  plain_table(const plain_table&) = delete;
  plain_table& operator=(const plain_table&) = delete;

  Value& operator[](std::int64_t key) {
    for (std::size_t i = home(key);; i = (i + 1) & mask_) {
      entry& e = entries_[i];
      if (e.key == key) [[likely]]
        return e.value;
      if (e.key == empty) {
        e.key = key;
        return e.value;
      }
    }
  }
  void prefetch(std::int64_t key) const { __builtin_prefetch(entries_ + home(key), 1); }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] static constexpr std::size_t entry_bytes() { return sizeof(entry); }

 private:
  struct entry {
    std::int64_t key;
    Value value;
  };
  static constexpr std::int64_t empty = std::numeric_limits<std::int64_t>::min() + 7;
  static constexpr std::size_t huge_page = std::size_t{2} << 20;

  [[nodiscard]] std::size_t home(std::int64_t key) const {
    return (static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15ULL) >> shift_;
  }

  entry* entries_;
  std::size_t mask_;
  std::size_t bytes_;
  int shift_;
};

/// A sum and a count, which make an entry of 24 bytes.
struct plain_sum {
  std::int64_t sum = 0;
  std::int64_t count = 0;
};

}  // namespace bench
