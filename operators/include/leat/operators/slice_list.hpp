#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include <leat/core/codec.hpp>
#include <leat/operators/older_slices.hpp>

namespace leat {

/// The slices of a key that anything came in, by time. The newest stands inside: most records fall into it.
template <class Contents>
class slice_list {
 public:
  [[nodiscard]] bool empty() const { return newest_.start_ms == none; }
  [[nodiscard]] std::size_t size() const { return empty() ? 0 : 1 + (older_ ? older_->size() : 0); }
  /// In order of time. Requires: i < size().
  [[nodiscard]] const slice<Contents>& operator[](std::size_t i) const {
    return older_ && i < older_->size() ? std::as_const(*older_)[i] : newest_;
  }
  /// Start of the newest slice; smaller than any time if there is none.
  [[nodiscard]] std::int64_t newest_start() const { return newest_.start_ms; }
  [[nodiscard]] Contents& newest() { return newest_.contents; }

  /// The contents of a slice, to be changed; made if there is none. Invalidates references to slices.
  Contents& at(std::int64_t start_ms) {
    if (start_ms > newest_.start_ms) {
      if (!empty()) older().push_back(std::move(newest_));
      newest_ = {start_ms, {}};
    }
    return start_ms == newest_.start_ms ? newest_.contents : older().at(start_ms);
  }

  /// Removes the slices that start before a time.
  void drop_before(std::int64_t start_ms) {
    if (older_) older_->drop_before(start_ms);
    if (newest_.start_ms < start_ms) newest_ = {none, {}};
  }

  /// Calls `emit(contents)` with the union of the slices that start from `first_ms` up to, but without, `end_ms`; not at
  /// all if there are none. `unite` is (Contents& into, Contents& from).
  template <class Unite, class Emit>
  void with_sum(std::int64_t first_ms, std::int64_t end_ms, Unite&& unite, Emit&& emit) {
    const bool with_newest = first_ms <= newest_.start_ms && newest_.start_ms < end_ms;
    Contents sum;
    if (!older_ || !older_->sum_between(first_ms, end_ms, sum, unite)) {
      if (with_newest) emit(newest_.contents);
      return;
    }
    if (with_newest) unite(sum, newest_.contents);
    emit(sum);
  }

 private:
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();

  [[nodiscard]] older_slices<Contents>& older() {
    if (!older_) older_ = std::make_unique<older_slices<Contents>>();
    return *older_;
  }

  slice<Contents> newest_{none, {}};
  std::unique_ptr<older_slices<Contents>> older_;
};

/// As a list of slices.
template <class Contents>
struct codec<slice_list<Contents>> {
  static schema schema_of() { return {schema::kind::list, {}, 0, {codec<slice<Contents>>::schema_of()}}; }
  static void write(encoder& e, const slice_list<Contents>& slices) {
    e.put_array(slices.size());
    for (std::size_t i = 0; i < slices.size(); ++i) codec<slice<Contents>>::write(e, slices[i]);
  }
  static void read(decoder& d, slice_list<Contents>& slices, const schema& stored) {
    slices = {};
    const std::size_t count = d.take_array();
    for (std::size_t i = 0; i < count && !d.failed(); ++i) {
      slice<Contents> s;
      codec<slice<Contents>>::read(d, s, stored.parts.at(0));
      if (!d.failed()) slices.at(s.start_ms) = std::move(s.contents);
    }
  }
};

}  // namespace leat
