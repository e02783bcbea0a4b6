#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/fields.hpp>
#include <leat/operators/output.hpp>
#include <leat/operators/time_window.hpp>

namespace leat {

/// A record of one of two streams that are grouped into windows together: exactly one side is there.
template <class Left, class Right>
struct side_record {
  std::optional<Left> left;
  std::optional<Right> right;
  LEAT_FIELDS(left, right);
};

/// The key of a side_record, by the key of the side that is there. `LeftKey` and `RightKey` give the same type.
template <class LeftKey, class RightKey>
struct side_key {
  [[no_unique_address]] LeftKey left_key;
  [[no_unique_address]] RightKey right_key;

  template <class Left, class Right>
  decltype(auto) operator()(const side_record<Left, Right>& r) const {
    using from_left = std::invoke_result_t<const LeftKey&, const Left&>;
    using from_right = std::invoke_result_t<const RightKey&, const Right&>;
    if constexpr (std::is_same_v<from_left, from_right>) {
      return r.left ? left_key(*r.left) : right_key(*r.right);
    } else {
      return r.left ? std::decay_t<from_left>(left_key(*r.left)) : std::decay_t<from_left>(right_key(*r.right));
    }
  }
};

/// Wraps the records of one side.
template <class Left, class Right>
struct as_left {
  side_record<Left, Right> operator()(const Left& record) const { return {record, std::nullopt}; }
};
template <class Left, class Right>
struct as_right {
  side_record<Left, Right> operator()(const Right& record) const { return {std::nullopt, record}; }
};

/// What a window holds of two streams, each side in order of arrival.
template <class Left, class Right>
struct window_sides {
  std::vector<Left> left;
  std::vector<Right> right;
  LEAT_FIELDS(left, right);
};

/// A window function that hands over both sides of a window; one of them may be empty. `Emit` is
/// (const K&, const time_window&, std::span<const Left>, std::span<const Right>, output<Out>&).
/// Source: Flink, CoGroupedStreams.
template <class K, class Left, class Right, class Out, class Emit>
class window_co_group {
 public:
  using key_type = K;
  using input_type = side_record<Left, Right>;
  using output_type = Out;
  using contents_type = window_sides<Left, Right>;

  explicit window_co_group(Emit emit) : emit_(std::move(emit)) {}

  void add(contents_type& sides, bool, const input_type& record, std::int64_t) {
    if (record.left)
      sides.left.push_back(*record.left);
    else
      sides.right.push_back(*record.right);
  }
  void unite(contents_type& into, contents_type& from) {
    into.left.insert(into.left.end(), std::make_move_iterator(from.left.begin()),
                     std::make_move_iterator(from.left.end()));
    into.right.insert(into.right.end(), std::make_move_iterator(from.right.begin()),
                      std::make_move_iterator(from.right.end()));
  }
  void emit(const K& key, const time_window& w, contents_type& sides, output<Out>& out) {
    emit_(key, w, std::span<const Left>{sides.left}, std::span<const Right>{sides.right}, out);
  }

 private:
  [[no_unique_address]] Emit emit_;
};

/// Calls a function for each pair of a left and a right record of a window. `Emit` is
/// (const K&, const time_window&, const Left&, const Right&, output<Out>&).
template <class Emit>
struct for_each_pair {
  [[no_unique_address]] Emit emit;

  template <class K, class Left, class Right, class Out>
  void operator()(const K& key, const time_window& w, std::span<const Left> left, std::span<const Right> right,
                  output<Out>& out) const {
    for (const Left& l : left)
      for (const Right& r : right) emit(key, w, l, r, out);
  }
};

}  // namespace leat
