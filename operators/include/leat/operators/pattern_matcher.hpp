#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <leat/operators/matched.hpp>
#include <leat/operators/partial_matches.hpp>
#include <leat/operators/pattern.hpp>
#include <leat/operators/pattern_automaton.hpp>

namespace leat {

/// Moves the runs of a key along the automaton of a pattern. Knows no keys, timers or outputs.
///
/// Order:     runs are looked at by start, so are matches of one event.
/// Threading: one subtask. Working memory is kept from call to call.
/// Source:    Flink, NFA and SharedBuffer; here a run has a chain of its own, so that no version numbers are needed.
template <class T>
class pattern_matcher {
 public:
  explicit pattern_matcher(leat::pattern<T> p)
      : pattern_(std::move(p)),
        automaton_(pattern_.form()),
        within_ms_(pattern_.form().within ? pattern_.form().within->count() : never),
        fingerprint_(pattern_.form().fingerprint()),
        skip_step_(pattern_.form().find(pattern_.form().skip.step).value_or(0)),
        view_(pattern_.form()) {
    for (std::size_t i = 0; i < pattern_.form().steps.size(); ++i) {
      conditions_.push_back({&pattern_.condition(i), automaton_.condition_of(i)});
      if (pattern_.form().steps[i].until) conditions_.push_back({&pattern_.until_condition(i), automaton_.until_of(i)});
    }
    for (const auto& c : conditions_)
      if (!c.condition->of_record()) of_runs_ |= c.bit;
    if (conditions_.size() <= 8 && automaton_.size() << conditions_.size() <= table_max) tabulate();
  }
  pattern_matcher(const pattern_matcher&) = delete;  // conditions_ points into pattern_
  pattern_matcher& operator=(const pattern_matcher&) = delete;

  [[nodiscard]] const pattern_form& form() const { return pattern_.form(); }
  [[nodiscard]] std::uint32_t fingerprint() const { return fingerprint_; }

  /// Which conditions hold for each event, as far as the event alone decides; valid until the next call.
  [[nodiscard]] std::uint64_t* evaluate(const T* events, std::size_t count) {
    truth_.assign(count, 0);
    for (const auto& c : conditions_)
      if (c.condition->of_record()) c.condition->evaluate(events, count, c.bit, truth_.data());
    return truth_.data();
  }

  /// Whether an event moves any run that a key may have, or begins one.
  [[nodiscard]] bool moves(std::uint64_t truth) const { return any_moves_.empty() || any_moves_[truth] != 0; }
  /// Whether an event can begin a match.
  [[nodiscard]] bool may_begin(std::uint64_t truth) const { return may_move(automaton_.start(), truth); }
  /// Whether an event at `at_ms` changes anything for a key.
  [[nodiscard]] bool may_change(const key_matches<T>& m, std::int64_t at_ms, std::uint64_t truth) const {
    if (may_begin(truth) || (!m.runs.empty() && over(m.runs.front()) <= at_ms)) return true;
    return std::any_of(m.runs.begin(), m.runs.end(), [&](const match_run& r) { return may_move(r.state, truth); });
  }

  /// When the first run of a key is over; never if there is none or no limit.
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  [[nodiscard]] std::int64_t next_over(const key_matches<T>& m) const {
    return m.runs.empty() ? never : over(m.runs.front());
  }

  /// Ends the runs whose time is over at `at_ms`, one after another. `to` is told of
  /// `matched(const matched<T>&, at_ms)` and, if it `wants_timed_out()`, `timed_out(const matched<T>&, at_ms)`, where
  /// at_ms is when a run was over.
  template <class To>
  void advance(key_matches<T>& m, std::int64_t at_ms, To& to) {
    if (next_over(m) > at_ms) return;
    std::size_t done = 0;
    while (done < m.runs.size() && over(m.runs[done]) <= at_ms) {
      const match_run r = m.runs[done++];
      if (automaton_[r.state].matches_when_over) {
        add_found(m, r);
      } else if (to.wants_timed_out()) {
        view_.show(m, r.last);
        to.timed_out(view_, over(r));
      }
      if (m.found.empty()) continue;
      if (skips()) {  // matches may have waited for this run, and may drop some behind it
        m.runs.erase_first(done);
        done = 0;
      }
      hand_over(m, over(r), to);
    }
    m.runs.erase_first(done);
    tidy(m);
  }

  /// Moves all runs of a key with an event, and begins new ones. Requires: advance(at_ms) was called.
  template <class To>
  void take(key_matches<T>& m, const T& event, std::int64_t at_ms, std::uint64_t truth, To& to) {
    event_ = {&event, at_ms, truth, match_link::none, {}};
    moved_.clear();
    matches_.clear();
    for (const match_run& r : m.runs)
      if (may_move(r.state, truth))
        move(m, r, false);
      else
        moved_.push_back(r);
    if (may_begin(truth)) move(m, {{}, match_link::none, automaton_.start()}, true);
    if (!std::is_sorted(moved_.begin(), moved_.end(), earlier)) std::stable_sort(moved_.begin(), moved_.end(), earlier);
    m.runs.assign(moved_.data(), moved_.data() + moved_.size());
    if (!matches_.empty()) {
      for (const match_run& r : matches_) add_found(m, r);
      hand_over(m, at_ms, to);
    }
    tidy(m);
  }

 private:
  static constexpr std::size_t table_max = std::size_t{1} << 15;

  using edge = pattern_automaton::edge;
  using action = pattern_automaton::action;
  struct known_condition {
    event_condition<T>* condition;
    std::uint64_t bit;
  };
  /// The event that is being taken.
  struct current_event {
    const T* value;
    std::int64_t at_ms;
    std::uint64_t truth;
    std::uint32_t index;  ///< among those kept; none until it is
    match_place place;
  };

  [[nodiscard]] std::int64_t over(const match_run& r) const {
    return within_ms_ == never ? never : (event_time{r.start.at_ms} + duration{within_ms_}).ms();
  }
  static bool earlier(const match_run& a, const match_run& b) { return a.start < b.start; }

  /// False if all that happens to a run in this state is that it passes the event over.
  [[nodiscard]] bool may_move(pattern_automaton::state_index s, std::uint64_t truth) const {
    if (moves_.empty()) [[unlikely]]
      return work_out_whether_it_moves(s, truth);
    return moves_[(std::size_t{s} << conditions_.size()) + truth] != 0;
  }
  void tabulate() {
    const std::size_t truths = std::size_t{1} << conditions_.size();
    any_moves_.resize(truths);
    std::vector<std::uint8_t> table;
    for (std::size_t s = 0; s < automaton_.size(); ++s)
      for (std::size_t truth = 0; truth < truths; ++truth) {
        const bool moves = work_out_whether_it_moves(static_cast<pattern_automaton::state_index>(s), truth);
        table.push_back(moves ? 1 : 0);
        if (moves && automaton_.is_stood_in(s)) any_moves_[truth] = 1;
      }
    moves_ = std::move(table);
  }
  [[nodiscard]] bool work_out_whether_it_moves(pattern_automaton::state_index s, std::uint64_t truth) const {
    const auto& state = automaton_[s];
    if ((state.asks & of_runs_) != 0) return true;
    bool stays = s == automaton_.start();
    for (const edge& e : state.edges) {
      if (!e.guard.holds(truth)) continue;
      if (e.what == action::ignore && s == automaton_.start()) continue;
      if (e.what != action::ignore || e.target != s) return true;
      stays = true;
    }
    return !stays;
  }

  // -- one run

  void move(key_matches<T>& m, const match_run& r, bool begins) {
    std::uint64_t truth = event_.truth;
    if (const std::uint64_t unknown = automaton_[r.state].asks & of_runs_; unknown != 0)
      truth |= evaluate_for(m, r, unknown);
    const std::size_t moved_before = moved_.size();
    bool stopped = false;
    for (const edge& e : automaton_[r.state].edges) {
      if (!e.guard.holds(truth)) continue;
      if (e.what == action::stop)
        stopped = true;
      else if (e.what == action::take)
        take_along(m, r, e, truth, begins);
      else if (!begins)
        go_on(e, {r.start, r.last, e.target});
    }
    if (stopped) moved_.resize(moved_before);
  }
  void take_along(key_matches<T>& m, const match_run& r, const edge& e, std::uint64_t truth, bool begins) {
    keep_event(m);
    m.links.push_back({event_.index, r.last, e.step});
    const match_run next{begins ? event_.place : r.start, static_cast<std::uint32_t>(m.links.size() - 1), e.target};
    go_on(e, next);
    const auto holds = [truth](const event_guard& g) { return g.holds(truth); };
    if (std::any_of(e.matches_also.begin(), e.matches_also.end(), holds)) matches_.push_back(next);
  }
  void go_on(const edge& e, const match_run& r) { (e.matches ? matches_ : moved_).push_back(r); }

  void keep_event(key_matches<T>& m) {
    if (event_.index != match_link::none) return;
    event_.index = static_cast<std::uint32_t>(m.events.size());
    event_.place = {event_.at_ms, m.events_seen++};
    m.events.push_back({event_.place, *event_.value});
  }
  /// Asks conditions that depend on what a run has taken so far.
  [[nodiscard]] std::uint64_t evaluate_for(const key_matches<T>& m, const match_run& r, std::uint64_t bits) {
    view_.show(m, r.last);
    std::uint64_t truth = 0;
    for (const auto& c : conditions_)
      if ((c.bit & bits) != 0 && c.condition->holds(*event_.value, view_)) truth |= c.bit;
    return truth;
  }

  // -- matches

  [[nodiscard]] bool skips() const { return form().skip.what != match_skip::kind::none; }

  static void add_found(key_matches<T>& m, const match_run& r) {
    m.found.insert(std::upper_bound(m.found.begin(), m.found.end(), r, earlier), r);
  }
  /// Hands over the matches that need not wait, and drops what they skip.
  template <class To>
  void hand_over(key_matches<T>& m, std::int64_t at_ms, To& to) {
    std::size_t done = 0;
    while (done < m.found.size()) {
      if (skips() && !m.runs.empty() && earlier(m.runs.front(), m.found[done])) break;
      view_.show(m, m.found[done++].last);
      if (skips()) {
        m.found.erase(m.found.begin(), m.found.begin() + static_cast<std::ptrdiff_t>(done));
        done = 0;
        drop_skipped(m);
      }
      to.matched(view_, at_ms);
    }
    m.found.erase(m.found.begin(), m.found.begin() + static_cast<std::ptrdiff_t>(done));
  }
  void drop_skipped(key_matches<T>& m) const {
    const auto drop = [&m](auto&& dropped) {
      m.runs.erase_if(dropped);
      std::erase_if(m.found, dropped);
    };
    using kind = match_skip::kind;
    const kind what = form().skip.what;
    if (what == kind::to_next || what == kind::past_last_event) {
      const match_place last = what == kind::to_next ? view_.earliest() : view_.latest();
      drop([last](const match_run& r) { return r.start <= last; });
    } else if (const match_place* first = view_.place_in(skip_step_, what == kind::to_last)) {
      drop([first](const match_run& r) { return r.start < *first; });
    }
  }

  void tidy(key_matches<T>& m) {
    if (m.idle()) {
      m.links.clear();
      m.events.clear();
      m.events_seen = 0;
      m.swept = 0;
    } else if (m.links.size() >= std::max(m.links_inside, 2 * std::size_t{m.swept})) {
      sweeper_.sweep(m);
      m.swept = static_cast<std::uint32_t>(m.links.size());
    }
  }

  leat::pattern<T> pattern_;
  pattern_automaton automaton_;
  std::int64_t within_ms_;
  std::uint32_t fingerprint_;
  std::size_t skip_step_;
  std::vector<known_condition> conditions_;
  std::uint64_t of_runs_ = 0;            ///< conditions that depend on what a run has taken so far
  std::vector<std::uint8_t> moves_;      ///< by state and truth: what may_move() says; empty if that were too many
  std::vector<std::uint8_t> any_moves_;  ///< by truth: what moves() says
  matched<T> view_;
  current_event event_{};
  std::vector<std::uint64_t> truth_;
  std::vector<match_run> moved_;
  std::vector<match_run> matches_;
  match_sweeper sweeper_;
};

}  // namespace leat
