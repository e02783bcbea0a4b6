#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/operators/matched.hpp>
#include <leat/operators/pattern_form.hpp>

namespace leat {

/// The conditions of a step, joined from left to right, so that a, b and `or` c mean (a and b) or c.
template <class T>
class event_condition {
 public:
  enum class join : bool { and_also, or_else };

  /// F is (const T&) → bool, or (const T&, const matched<T>& so_far) → bool.
  template <class F>
  void add(join how, F f) {
    if constexpr (std::predicate<const F&, const T&, const matched<T>&>) {
      of_record_ = false;
      parts_.push_back({how, {}, f});
    } else {
      static_assert(std::predicate<const F&, const T&>,
                    "leat: a condition of a pattern is (const T&) -> bool, or (const T&, const matched<T>&) -> bool");
      // A batch at a time, so that the compiler has the condition inside a loop.
      parts_.push_back({how,
                        [f](const T* events, std::size_t count, std::uint8_t* results) {
                          for (std::size_t i = 0; i < count; ++i) results[i] = f(events[i]) ? 1 : 0;
                        },
                        [f](const T& event, const matched<T>&) { return f(event); }});
    }
  }

  /// Whether the record alone decides.
  [[nodiscard]] bool of_record() const { return of_record_; }

  /// Sets `bit` in truth[i] if the condition holds for events[i]. Requires: of_record().
  void evaluate(const T* events, std::size_t count, std::uint64_t bit, std::uint64_t* truth) {
    results_.assign(count, 1);
    part_.resize(count);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      parts_[p].of_batch(events, count, part_.data());
      if (p == 0)
        results_.swap(part_);
      else if (parts_[p].how == join::or_else)
        for (std::size_t i = 0; i < count; ++i) results_[i] |= part_[i];
      else
        for (std::size_t i = 0; i < count; ++i) results_[i] &= part_[i];
    }
    for (std::size_t i = 0; i < count; ++i) truth[i] |= results_[i] != 0 ? bit : 0;
  }
  [[nodiscard]] bool holds(const T& event, const matched<T>& so_far) const {
    bool result = true;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const bool is_or = p > 0 && parts_[p].how == join::or_else;
      if (p > 0 && result == is_or) continue;  // decided already
      result = parts_[p].of_run(event, so_far);
    }
    return result;
  }

 private:
  struct part {
    join how;
    std::function<void(const T*, std::size_t, std::uint8_t*)> of_batch;
    std::function<bool(const T&, const matched<T>&)> of_run;
  };
  std::vector<part> parts_;
  bool of_record_ = true;
  std::vector<std::uint8_t> results_;  ///< working memory of evaluate
  std::vector<std::uint8_t> part_;
};

/// What to look for in the events of a key: steps one after another, each with a condition, a way to follow the step
/// before, and how often it is to be matched.
///
///     const auto probing = leat::pattern<payment>::begin("small").where([](const payment& p) { return p.eur < 1; })
///                              .times_or_more(3).consecutive()
///                              .followed_by("large").where([](const payment& p) { return p.eur > 500; })
///                              .within(10min);
///
/// What is called applies to the step named last. Conditions must be pure: how often they are called is not promised.
/// Errors: a mistake is reported when the job starts, with the operator's uid.
/// Source: Flink, Pattern; its words, its semantics.
template <class T>
class pattern {
 public:
  /// Starts a pattern with its first step.
  [[nodiscard]] static pattern begin(std::string step) {
    pattern p;
    p.add(std::move(step), contiguity::next);
    return p;
  }

  /// The event right behind.
  pattern& next(std::string step) { return add(std::move(step), contiguity::next); }
  /// The first later event that fits.
  pattern& followed_by(std::string step) { return add(std::move(step), contiguity::followed_by); }
  /// Any later event that fits: one match for each.
  pattern& followed_by_any(std::string step) { return add(std::move(step), contiguity::followed_by_any); }
  /// The event right behind must not fit.
  pattern& not_next(std::string step) { return add(std::move(step), contiguity::not_next); }
  /// No event may fit until the next step is matched, or, at the end of a pattern, until `within` is over.
  pattern& not_followed_by(std::string step) { return add(std::move(step), contiguity::not_followed_by); }

  /// What an event must be like: F is (const T&) → bool, or (const T&, const matched<T>& so_far) → bool, which sees the
  /// events taken before this one. Several must all hold. A step without a condition takes any event.
  template <class F>
  pattern& where(F f) {
    conditions_.back().add(event_condition<T>::join::and_also, std::move(f));
    return *this;
  }
  /// Or this, instead of all the conditions of the step so far.
  template <class F>
  pattern& or_where(F f) {
    conditions_.back().add(event_condition<T>::join::or_else, std::move(f));
    return *this;
  }
  /// Ends a step that is matched any number of times: this event and later ones are not taken for it.
  template <class F>
  pattern& until(F f) {
    if (last().until) note("step '" + last().name + "' has two stop conditions; join them in one");
    last().until = true;
    untils_.back().add(event_condition<T>::join::and_also, std::move(f));
    return *this;
  }

  pattern& optional() {
    if (last().optional) note("step '" + last().name + "' is optional already; leave one of the two out");
    last().optional = true;
    return *this;
  }
  pattern& one_or_more() { return repeat(1, pattern_step::unlimited); }
  pattern& times(std::uint32_t count) { return times(count, count); }
  /// times(0, n) means the same as times(1, n).optional().
  pattern& times(std::uint32_t least, std::uint32_t most) {
    if (most == 0) note("step '" + last().name + "' is to be matched 0 times; leave it out, or use a not-step");
    return repeat(least, std::max(most, 1U));
  }
  /// times_or_more(0) means the same as one_or_more().optional().
  pattern& times_or_more(std::uint32_t least) { return repeat(least, pattern_step::unlimited); }

  /// As many events as fit are taken before the next step is looked for.
  pattern& greedy() {
    last().greedy = true;
    return *this;
  }
  /// Events of the step follow right behind each other.
  pattern& consecutive() { return inner(inner_contiguity::strict); }
  /// Between events of the step, others that fit may be skipped: every selection is a match.
  pattern& allow_combinations() { return inner(inner_contiguity::combinations); }

  /// All events of a match lie less than this apart, first to last. Of several, the shortest counts.
  pattern& within(duration d) {
    form_.within = std::min(form_.within.value_or(d), d);
    return *this;
  }
  /// What becomes of other matches when one is found; no_skip() unless set.
  pattern& after_match(match_skip skip) {
    form_.skip = std::move(skip);
    return *this;
  }

  // -- for the engine

  [[nodiscard]] const pattern_form& form() const { return form_; }
  [[nodiscard]] std::string mistake() const { return mistake_.empty() ? form_.mistake() : mistake_; }
  [[nodiscard]] event_condition<T>& condition(std::size_t step) { return conditions_[step]; }
  [[nodiscard]] event_condition<T>& until_condition(std::size_t step) { return untils_[step]; }

 private:
  pattern() = default;

  pattern_step& last() { return form_.steps.back(); }
  void note(std::string mistake) {
    if (mistake_.empty()) mistake_ = std::move(mistake);
  }
  pattern& add(std::string step, contiguity how) {
    form_.steps.push_back({.name = std::move(step), .contiguity = how});
    conditions_.emplace_back();
    untils_.emplace_back();
    return *this;
  }
  pattern& repeat(std::uint32_t least, std::uint32_t most) {
    if (last().quantified)
      note("step '" + last().name + "' is told twice how often it is to be matched; leave one of the two out");
    last().quantified = true;
    last().least = std::max(least, 1U);
    last().most = most;
    if (least == 0) last().optional = true;
    return *this;
  }
  pattern& inner(inner_contiguity how) {
    if (last().inner != inner_contiguity::relaxed)
      note("step '" + last().name +
           "' is told twice how its events follow each other; choose between consecutive "
           "and allow_combinations");
    last().inner = how;
    return *this;
  }

  pattern_form form_;
  std::vector<event_condition<T>> conditions_;
  std::vector<event_condition<T>> untils_;
  std::string mistake_;  ///< the first that was noticed while it was described
};

}  // namespace leat
