#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <leat/core/codec.hpp>
#include <leat/core/fields.hpp>
#include <leat/core/time.hpp>
#include <leat/operators/time_window.hpp>

namespace leat {

/// A timer of a pane; the key as a whole has one in the runtime, for the earliest of its panes' times.
struct pane_timer {
  time_domain domain = time_domain::event;
  std::int64_t at_ms = 0;
  LEAT_FIELDS(domain, at_ms);
  bool operator==(const pane_timer&) const = default;
};

/// What a trigger remembers of a pane.
template <class In>
struct trigger_memory {
  std::vector<std::optional<std::int64_t>> numbers;  ///< as many as trigger::numbers() says
  std::optional<In> record;
  std::vector<pane_timer> timers;
  LEAT_FIELDS(numbers, record, timers);
};

/// Stands for the memory of panes that fire at their end and need none.
struct no_memory {
  bool nothing = false;
  LEAT_FIELDS(nothing);
};

/// The contents of a window of a key.
template <class Contents, class Memory>
struct pane {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  bool filled = false;  ///< something was added since it was made or purged
  Memory memory{};
  Contents contents{};
  LEAT_FIELDS(start_ms, end_ms, filled, memory, contents);

  [[nodiscard]] time_window window() const { return {start_ms, end_ms}; }
};

/// The panes of a key, in no order. One stands inside; most keys have no more at a time.
template <class Pane>
class pane_list {
 public:
  [[nodiscard]] std::size_t size() const { return count_ + (rest_ ? rest_->size() : 0); }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Pane& operator[](std::size_t i) { return i == 0 ? first_ : (*rest_)[i - 1]; }
  [[nodiscard]] const Pane& operator[](std::size_t i) const { return i == 0 ? first_ : (*rest_)[i - 1]; }

  [[nodiscard]] Pane* find(const time_window& w) {
    for (std::size_t i = 0; i < size(); ++i)
      if (Pane& p = (*this)[i]; p.end_ms == w.end_ms && p.start_ms == w.start_ms) return &p;
    return nullptr;
  }
  /// Invalidates references to panes.
  Pane& add(Pane p) {
    if (count_ == 0) {
      count_ = 1;
      return first_ = std::move(p);
    }
    if (!rest_) rest_ = std::make_unique<std::vector<Pane>>();
    return rest_->emplace_back(std::move(p));
  }
  /// Invalidates references to panes.
  void remove(std::size_t i) {
    if (rest_ && !rest_->empty()) {
      if (i + 1 < size()) (*this)[i] = std::move(rest_->back());
      rest_->pop_back();
      if (rest_->empty()) rest_.reset();
    } else {
      first_ = Pane{};
      count_ = 0;
    }
  }

 private:
  Pane first_{};
  std::size_t count_ = 0;  ///< 0 or 1: whether first_ is one
  std::unique_ptr<std::vector<Pane>> rest_;
};

/// As a list of panes.
template <class Pane>
struct codec<pane_list<Pane>> {
  static schema schema_of() { return {schema::kind::list, {}, 0, {codec<Pane>::schema_of()}}; }
  static void write(encoder& e, const pane_list<Pane>& panes) {
    e.put_array(panes.size());
    for (std::size_t i = 0; i < panes.size(); ++i) codec<Pane>::write(e, panes[i]);
  }
  static void read(decoder& d, pane_list<Pane>& panes, const schema& stored) {
    panes = {};
    const std::size_t count = d.take_array();
    for (std::size_t i = 0; i < count && !d.failed(); ++i) {
      Pane p;
      codec<Pane>::read(d, p, stored.parts[0]);
      panes.add(std::move(p));
    }
  }
};

}  // namespace leat
