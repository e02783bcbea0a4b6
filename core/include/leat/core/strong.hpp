#pragma once

#include <compare>
#include <functional>

namespace leat {

/// A value of type T that mixes with nothing but its own kind. `Tag` is an incomplete struct that names the kind.
template <class T, class Tag>
class strong {
 public:
  using value_type = T;

  constexpr strong() = default;
  constexpr explicit strong(T v) : v_(v) {}

  [[nodiscard]] constexpr T value() const { return v_; }
  constexpr auto operator<=>(const strong&) const = default;

 private:
  T v_{};
};

}  // namespace leat

template <class T, class Tag>
struct std::hash<leat::strong<T, Tag>> {
  std::size_t operator()(const leat::strong<T, Tag>& s) const noexcept { return std::hash<T>{}(s.value()); }
};
