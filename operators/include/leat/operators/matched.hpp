#pragma once

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <leat/core/operator_failure.hpp>
#include <leat/operators/partial_matches.hpp>
#include <leat/operators/pattern_form.hpp>

namespace leat {

/// The events of a match, or of a partial match, by the name of the step they were taken for, in their order. A view:
/// valid until the function it is given to returns.
template <class T>
class matched {
 public:
  explicit matched(const pattern_form& form) : form_(&form) {}

  /// The events of a step, as a random-access range of const T&; empty if the step is absent.
  /// Errors: throws operator_failure if the pattern has no such step.
  [[nodiscard]] auto operator[](std::string_view step) const {
    const std::size_t wanted = index_of(step);
    std::size_t first = 0;
    while (first < events_.size() && steps_[first] < wanted) ++first;
    std::size_t last = first;
    while (last < events_.size() && steps_[last] == wanted) ++last;
    return std::span{events_}.subspan(first, last - first) |
           std::views::transform([](const kept_event<T>* e) -> const T& { return e->value; });
  }
  [[nodiscard]] bool has(std::string_view step) const { return !(*this)[step].empty(); }
  /// The first event of a step. Requires: has(step).
  [[nodiscard]] const T& first(std::string_view step) const {
    const auto events = (*this)[step];
    LEAT_ASSERT(!events.empty(), "the step has no events in this match; ask has() first");
    return events.front();
  }
  /// The last event of a step. Requires: has(step).
  [[nodiscard]] const T& last(std::string_view step) const {
    const auto events = (*this)[step];
    LEAT_ASSERT(!events.empty(), "the step has no events in this match; ask has() first");
    return events.back();
  }
  /// The number of events of all steps.
  [[nodiscard]] std::size_t size() const { return events_.size(); }
  /// Calls `visit(name of the step, event)` for each event, in order.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    for (std::size_t i = 0; i < events_.size(); ++i) visit(form_->steps[steps_[i]].name, events_[i]->value);
  }

  // -- for the engine

  /// Looks at the events that lead to `last`.
  void show(const key_matches<T>& m, std::uint32_t last) {
    std::size_t count = 0;
    for (std::uint32_t l = last; l != match_link::none; l = m.links[l].previous) ++count;
    steps_.resize(count);
    events_.resize(count);
    for (std::uint32_t l = last; l != match_link::none; l = m.links[l].previous) {
      --count;
      steps_[count] = m.links[l].step;
      events_[count] = &m.events[m.links[l].event];
    }
  }
  /// The place of the first or the last event of a step; null if it is absent.
  [[nodiscard]] const match_place* place_in(std::size_t step, bool last) const {
    const match_place* found = nullptr;
    for (std::size_t i = 0; i < events_.size(); ++i)
      if (steps_[i] == step && (last || found == nullptr)) found = &events_[i]->place;
    return found;
  }
  [[nodiscard]] match_place earliest() const {
    match_place earliest = events_.front()->place;
    for (const auto* e : events_) earliest = std::min(earliest, e->place);
    return earliest;
  }
  [[nodiscard]] match_place latest() const {
    match_place latest = events_.front()->place;
    for (const auto* e : events_) latest = std::max(latest, e->place);
    return latest;
  }

 private:
  [[nodiscard]] std::size_t index_of(std::string_view step) const {
    if (const auto i = form_->find(step)) return *i;
    throw operator_failure{{errc::invalid_argument, "the pattern has no step '" + std::string{step} +
                                                        "'; ask a match for the names given to begin, next, "
                                                        "followed_by and followed_by_any"}};
  }

  const pattern_form* form_;
  std::vector<std::uint8_t> steps_;  ///< of each event
  std::vector<const kept_event<T>*> events_;
};

}  // namespace leat
