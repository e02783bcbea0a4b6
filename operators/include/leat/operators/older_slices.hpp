#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <leat/core/fields.hpp>

namespace leat {

/// What came in one slice of time.
template <class Contents>
struct slice {
  std::int64_t start_ms = 0;
  Contents contents{};
  LEAT_FIELDS(start_ms, contents);
};

/// Slices of a key, by time, and how windows are made of them. As windows move on, a slice leaves in front and one joins
/// behind; so the sums from each of the front slices up to a point are kept, and the sum of what is behind that point.
/// A window then costs two or three unions on average, however many slices it covers.
/// Source: two stacks, as in Tangwongsan, Hirzel, Schneider, Low-latency sliding-window aggregation in worst-case
/// constant time (2017).
template <class Contents>
class older_slices {
 public:
  [[nodiscard]] std::size_t size() const { return slices_.size() - head_; }
  [[nodiscard]] const slice<Contents>& operator[](std::size_t i) const { return slices_[head_ + i].own; }

  void push_back(slice<Contents> s) { slices_.push_back({.own = std::move(s), .sum = {}}); }

  /// The contents of a slice, to be changed; made if there is none.
  Contents& at(std::int64_t start_ms) {
    const auto found = std::lower_bound(slices_.begin() + static_cast<std::ptrdiff_t>(head_), slices_.end(), start_ms,
                                        [](const summed_slice& s, std::int64_t at) { return s.own.start_ms < at; });
    const auto index = static_cast<std::size_t>(found - slices_.begin());
    if (index < folded_) forget_sums();
    if (found != slices_.end() && found->own.start_ms == start_ms) return found->own.contents;
    return slices_.insert(found, summed_slice{.own = {start_ms, {}}, .sum = {}})->own.contents;
  }

  /// Removes the slices that start before a time.
  void drop_before(std::int64_t start_ms) {
    head_ = first_from(start_ms);
    if (head_ < slices_.size() && head_ <= slices_.size() / 2) return;
    slices_.erase(slices_.begin(), slices_.begin() + static_cast<std::ptrdiff_t>(head_));
    split_gone_ = split_gone_ || split_ < head_;
    split_ -= std::min(split_, head_);
    folded_ -= std::min(folded_, head_);
    head_ = 0;
  }

  /// Makes `sum` of the slices that start from `first_ms` up to, but without, `end_ms`, in order of time; false if there
  /// are none. `unite` is (Contents& into, Contents& from).
  template <class Unite>
  bool sum_between(std::int64_t first_ms, std::int64_t end_ms, Contents& sum, Unite&& unite) {
    const std::size_t first = first_from(first_ms);
    if (folded_ > 0 && slices_[folded_ - 1].own.start_ms >= end_ms) return sum_directly(first, end_ms, sum, unite);
    const std::size_t before = folded_;
    while (folded_ < slices_.size() && slices_[folded_].own.start_ms < end_ms) ++folded_;
    if (first >= folded_) {
      folded_ = before;
      return false;
    }
    if (first > split_ || split_gone_) {
      turn(unite);
    } else {
      for (std::size_t i = std::max(before, split_); i < folded_; ++i) {
        if (i == split_)
          behind_ = slices_[i].own.contents;
        else
          unite(behind_, slices_[i].own.contents);
      }
    }
    if (first < split_) {
      sum = slices_[first].sum;
      if (split_ < folded_) unite(sum, behind_);
    } else {
      sum = behind_;
    }
    return true;
  }

 private:
  struct summed_slice {
    slice<Contents> own;
    Contents sum{};  ///< of this one and those behind it up to split_
  };

  [[nodiscard]] std::size_t first_from(std::int64_t start_ms) const {
    std::size_t i = head_;
    while (i < slices_.size() && slices_[i].own.start_ms < start_ms) ++i;  // mostly the first or the second
    return i;
  }

  /// All that is folded comes in front of the split.
  template <class Unite>
  void turn(Unite& unite) {
    for (std::size_t i = folded_; i-- > head_;) {
      slices_[i].sum = slices_[i].own.contents;
      if (i + 1 < folded_) unite(slices_[i].sum, slices_[i + 1].sum);
    }
    split_ = folded_;
    split_gone_ = false;
  }
  template <class Unite>
  bool sum_directly(std::size_t first, std::int64_t end_ms, Contents& sum, Unite& unite) {
    std::size_t i = first;
    for (; i < slices_.size() && slices_[i].own.start_ms < end_ms; ++i) {
      if (i == first)
        sum = slices_[i].own.contents;
      else
        unite(sum, slices_[i].own.contents);
    }
    return i > first;
  }
  void forget_sums() {
    split_ = folded_ = head_;
    split_gone_ = false;
  }

  std::vector<summed_slice> slices_;
  std::size_t head_ = 0;   ///< slices before it are gone
  std::size_t split_ = 0;  ///< the sums of those before it are right
  Contents behind_{};      ///< sum of slices split_ up to folded_; nothing if there are none
  std::size_t folded_ = 0;
  bool split_gone_ = false;  ///< behind_ began before the slices that are left
};

}  // namespace leat
