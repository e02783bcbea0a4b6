#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include <leat/core/codec.hpp>

namespace leat {

/// A vector whose first N elements lie inside it. Memory that it has once taken it keeps.
/// Requires: T{} is cheap and holds nothing.
template <class T, std::size_t N>
class short_vector {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] T* begin() { return rest_ ? rest_.get() : inside_.data(); }
  [[nodiscard]] const T* begin() const { return rest_ ? rest_.get() : inside_.data(); }
  [[nodiscard]] T* end() { return begin() + size_; }
  [[nodiscard]] const T* end() const { return begin() + size_; }
  [[nodiscard]] T& operator[](std::size_t i) { return begin()[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return begin()[i]; }
  [[nodiscard]] T& front() { return *begin(); }
  [[nodiscard]] const T& front() const { return *begin(); }

  void push_back(T value) {
    if (size_ == capacity_) [[unlikely]]
      grow(2 * std::size_t{capacity_});
    begin()[size_++] = std::move(value);
  }
  void insert(T* at, T value) {
    const auto i = at - begin();
    push_back(std::move(value));
    std::rotate(begin() + i, end() - 1, end());
  }
  /// Replaces everything. Requires: [first, last) lies elsewhere.
  void assign(const T* first, const T* last) {
    const auto count = static_cast<std::size_t>(last - first);
    if (count > capacity_) grow(count);
    std::copy(first, last, begin());
    shrink(count, std::max<std::size_t>(size_, count));
  }
  void erase_first(std::size_t count) {
    if (count == 0) return;
    std::move(begin() + count, end(), begin());
    shrink(size_ - count, size_);
  }
  template <class Predicate>
  void erase_if(Predicate&& predicate) {
    const auto left = static_cast<std::size_t>(std::remove_if(begin(), end(), predicate) - begin());
    shrink(left, size_);
  }
  /// Requires: count ≤ size().
  void shrink(std::size_t count) { shrink(count, size_); }
  void clear() { shrink(0, size_); }

 private:
  /// Leaves `count` of `used` elements, and nothing in the others.
  void shrink(std::size_t count, std::size_t used) {
    if constexpr (!std::is_trivially_destructible_v<T>)
      for (std::size_t i = count; i < used; ++i) begin()[i] = T{};
    size_ = static_cast<std::uint32_t>(count);
  }
  void grow(std::size_t capacity) {
    auto rest = std::make_unique<T[]>(capacity);
    std::move(begin(), end(), rest.get());
    rest_ = std::move(rest);
    capacity_ = static_cast<std::uint32_t>(capacity);
  }

  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = N;
  std::unique_ptr<T[]> rest_;  ///< all elements, once they are more than N
  std::array<T, N> inside_{};
};

/// As a list.
template <class T, std::size_t N>
struct codec<short_vector<T, N>> {
  static schema schema_of() { return {schema::kind::list, {}, 0, {codec<T>::schema_of()}}; }
  static void write(encoder& e, const short_vector<T, N>& v) {
    e.put_array(v.size());
    for (const T& x : v) codec<T>::write(e, x);
  }
  static void read(decoder& d, short_vector<T, N>& v, const schema& stored) {
    v.clear();
    const std::size_t count = d.take_array();
    for (std::size_t i = 0; i < count && !d.failed(); ++i) {
      T x{};
      codec<T>::read(d, x, stored.parts.at(0));
      v.push_back(std::move(x));
    }
  }
};

}  // namespace leat
