#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <leat/core/codec.hpp>
#include <leat/core/fields.hpp>

namespace leat {

/// What came in one slice of time.
template <class Contents>
struct slice {
  std::int64_t start_ms = 0;
  Contents contents{};
  LEAT_FIELDS(start_ms, contents);
};

/// The slices of a key that anything came in, by time. The newest stands inside: most records fall into it.
template <class Contents>
class slice_list {
 public:
  [[nodiscard]] bool empty() const { return newest_.start_ms == none; }
  [[nodiscard]] std::size_t size() const { return empty() ? 0 : 1 + (older_ ? older_->size() : 0); }
  /// In order of time. Requires: i < size().
  [[nodiscard]] const slice<Contents>& operator[](std::size_t i) const {
    return older_ && i < older_->size() ? (*older_)[i] : newest_;
  }
  [[nodiscard]] slice<Contents>& operator[](std::size_t i) {
    return older_ && i < older_->size() ? (*older_)[i] : newest_;
  }
  /// Start of the newest slice; smaller than any time if there is none.
  [[nodiscard]] std::int64_t newest_start() const { return newest_.start_ms; }
  [[nodiscard]] Contents& newest() { return newest_.contents; }

  /// The contents of a slice, made if there is none. Invalidates references to slices.
  Contents& at(std::int64_t start_ms) {
    if (start_ms > newest_.start_ms) {
      if (!empty()) older().push_back(std::move(newest_));
      newest_ = {start_ms, {}};
    }
    if (start_ms == newest_.start_ms) return newest_.contents;
    const auto found = std::lower_bound(older().begin(), older().end(), start_ms,
                                        [](const slice<Contents>& s, std::int64_t at) { return s.start_ms < at; });
    if (found != older().end() && found->start_ms == start_ms) return found->contents;
    return older().insert(found, {start_ms, {}})->contents;
  }

  /// Removes the slices that start before a time.
  void drop_before(std::int64_t start_ms) {
    if (older_) {
      const auto kept = std::find_if(older_->begin(), older_->end(),
                                     [start_ms](const slice<Contents>& s) { return s.start_ms >= start_ms; });
      older_->erase(older_->begin(), kept);
    }
    if (newest_.start_ms < start_ms) newest_ = {none, {}};
  }

 private:
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();

  [[nodiscard]] std::vector<slice<Contents>>& older() {
    if (!older_) older_ = std::make_unique<std::vector<slice<Contents>>>();
    return *older_;
  }

  slice<Contents> newest_{none, {}};
  std::unique_ptr<std::vector<slice<Contents>>> older_;
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
