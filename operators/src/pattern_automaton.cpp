#include <leat/operators/pattern_automaton.hpp>

#include <leat/core/assert.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace leat {

/// Builds the states from the last step to the first, each knowing where it leads to. A state's edges may also
/// `proceed`: go on to another state with the same event.
class pattern_automaton::compiler {
 public:
  compiler(const pattern_form& form, const pattern_automaton& bits) : form_(form), bits_(bits) {
    const std::size_t end = add(kind::end);
    std::size_t sink = end;
    for (std::size_t i = form.steps.size(); i-- > 0;) {
      step_ = i;
      sink = sink_of_step(sink);
    }
    start_ = sink;
  }

  [[nodiscard]] std::size_t start() const { return start_; }
  [[nodiscard]] std::vector<state> resolved() const {
    LEAT_ASSERT(states_.size() <= 0xFFFF, "a pattern within its limits has fewer states");
    std::vector<state> all(states_.size());
    for (std::size_t i = 0; i < states_.size(); ++i) all[i] = resolve(i);
    return all;
  }

 private:
  enum class kind { normal, pending, stop, end };
  enum class verb { take, ignore, proceed };
  struct raw_edge {
    verb what;
    std::size_t target;
    event_guard guard;
  };
  struct raw_state {
    kind what;
    std::size_t step;
    std::vector<raw_edge> edges;
  };

  // -- conditions

  [[nodiscard]] const pattern_step& step() const { return form_.steps[step_]; }
  [[nodiscard]] event_guard fits(std::size_t s) const { return {bits_.condition_of(s), 0}; }
  [[nodiscard]] event_guard fits_not(std::size_t s) const { return {0, bits_.condition_of(s)}; }
  [[nodiscard]] event_guard until() const { return {step().until ? bits_.until_of(step_) : 0, 0}; }
  [[nodiscard]] event_guard not_until() const { return {0, step().until ? bits_.until_of(step_) : 0}; }
  [[nodiscard]] event_guard takes() const { return fits(step_) & not_until(); }

  /// When an event is passed over in front of the step; empty: never.
  [[nodiscard]] std::optional<event_guard> ignored_before() const {
    switch (step_ == 0 ? contiguity::next : step().contiguity) {
      case contiguity::followed_by: return fits_not(step_);
      case contiguity::followed_by_any: return event_guard{};
      default: return std::nullopt;
    }
  }
  /// When an event is passed over between two events of the step.
  [[nodiscard]] std::optional<event_guard> ignored_inside() const {
    switch (step().inner) {
      case inner_contiguity::relaxed: return fits_not(step_) & not_until();
      case inner_contiguity::combinations: return not_until();
      default: return std::nullopt;
    }
  }

  // -- states

  std::size_t add(kind what) {
    states_.push_back({what, step_, {}});
    return states_.size() - 1;
  }
  void connect(std::size_t from, verb what, std::size_t to, const event_guard& guard) {
    states_[from].edges.push_back({what, to, guard});
  }
  [[nodiscard]] bool is_end(std::size_t s) const { return states_[s].what == kind::end; }
  std::size_t stop_of(std::size_t step) {
    const auto [it, fresh] = stops_.emplace(step, 0);
    if (fresh) {
      it->second = add(kind::stop);
      states_[it->second].step = step;
    }
    return it->second;
  }

  std::size_t sink_of_step(std::size_t sink) {
    switch (step().contiguity) {
      case contiguity::not_followed_by: return is_end(sink) ? wait_without_event() : sink;
      case contiguity::not_next: return look_at_next(sink);
      default: return take_step(sink);
    }
  }

  /// A pattern that ends in not_followed_by is matched when its time is over.
  std::size_t wait_without_event() {
    const std::size_t s = add(kind::pending);
    connect(s, verb::proceed, stop_of(step_), fits(step_));
    connect(s, verb::ignore, s, fits_not(step_));
    return s;
  }
  std::size_t look_at_next(std::size_t sink) {
    const std::size_t s = add(kind::normal);
    connect(s, is_end(sink) ? verb::ignore : verb::proceed, sink, fits_not(step_));
    connect(s, verb::proceed, stop_of(step_), fits(step_));
    return s;
  }

  std::size_t take_step(std::size_t sink) {
    std::size_t first;
    if (step().looping())
      first = several(loop(sink), sink, step().least);
    else if (step().quantified)
      first = several(sink, sink, step().most);
    else
      first = once(sink, sink, ignored_before(), step().optional, true);
    add_stops(first);
    return first;
  }

  /// Not-steps that hold in front of the current step, until an event is taken: with none but optional steps between.
  [[nodiscard]] std::vector<std::size_t> nots_before() const {
    std::vector<std::size_t> nots;
    for (std::size_t i = step_; i > 0; --i) {
      const pattern_step& before = form_.steps[i - 1];
      if (before.contiguity == contiguity::not_followed_by && i - 1 > 0)
        nots.push_back(i - 1);
      else if (!before.optional && !before.negative())
        break;
    }
    return nots;
  }
  void add_stops(std::size_t s) {
    for (const std::size_t n : nots_before()) connect(s, verb::proceed, stop_of(n), fits(n));
  }
  /// While a step is gone through several times, the not-step behind it holds already.
  void add_stop_behind(std::size_t s) {
    const std::size_t behind = step_ + 1;
    if (behind < form_.steps.size() && form_.steps[behind].contiguity == contiguity::not_followed_by)
      connect(s, verb::proceed, stop_of(behind), fits(behind));
  }

  /// Where taking an event of an optional step leads to: not-steps in front of it no longer hold from then on.
  std::size_t without_nots(std::size_t sink) {
    const std::vector<std::size_t> nots = nots_before();
    if (nots.empty() || !step().optional) return sink;
    const std::size_t copy = add(states_[sink].what);
    states_[copy].step = states_[sink].step;
    const std::vector<raw_edge> edges = states_[sink].edges;
    for (const raw_edge& e : edges) {
      if (e.what != verb::proceed) {
        connect(copy, e.what, e.target == sink ? copy : e.target, e.guard);
        continue;
      }
      const raw_state& target = states_[e.target];
      if (target.what != kind::stop)
        connect(copy, e.what, without_nots(e.target), e.guard);
      else if (std::find(nots.begin(), nots.end(), target.step) == nots.end())
        connect(copy, e.what, e.target, e.guard);
    }
    return copy;
  }
  std::size_t copy_of(std::size_t s) {
    const std::size_t copy = add(states_[s].what);
    raw_state twin = states_[s];
    for (raw_edge& e : twin.edges)
      if (e.target == s) e.target = copy;
    states_[copy] = std::move(twin);
    return copy;
  }
  /// What follows a greedy step waits until no event fits the step any more.
  void make_wait(std::size_t sink) {
    for (raw_edge& e : states_[sink].edges) e.guard = e.guard & fits_not(step_);
  }

  /// Taken once more, then on to `sink`. Where it may also be left out, `around` is where that leads.
  std::size_t once(std::size_t sink, std::size_t around, const std::optional<event_guard>& ignored, bool optional,
                   bool first = false) {
    const std::size_t s = add(kind::normal);
    const std::size_t taken = without_nots(sink);
    connect(s, verb::take, taken, takes());
    if (optional) leave_out(s, around);
    if (!ignored) return s;
    std::size_t waiting = s;
    if (optional) {  // of the two, only the one in which nothing was passed over may still leave the step out
      waiting = add(kind::normal);
      connect(waiting, verb::take, taken, takes());
      connect(waiting, verb::ignore, waiting, *ignored);
      first ? add_stops(waiting) : add_stop_behind(waiting);
    }
    connect(s, verb::ignore, waiting, *ignored);
    return s;
  }
  /// Leads on to what follows the step. Once the stop condition holds, nothing is worth waiting for any more.
  void leave_out(std::size_t s, std::size_t sink) {
    const auto at_once = before_waiting_.find(sink);
    if (at_once == before_waiting_.end()) return connect(s, verb::proceed, sink, {});
    connect(s, verb::proceed, at_once->second, until());
    connect(s, verb::proceed, sink, not_until());
  }

  /// Any number of further times.
  std::size_t loop(std::size_t sink) {
    const std::size_t behind = without_nots(sink);
    if (step().greedy) {
      for (const std::size_t s : {sink, behind})
        if (step().until && !before_waiting_.contains(s)) before_waiting_[s] = copy_of(s);
      make_wait(sink);
      if (behind != sink) make_wait(behind);
    }
    const std::size_t s = add(kind::normal);
    leave_out(s, behind);
    connect(s, verb::take, s, takes());
    add_stop_behind(s);
    if (const auto ignored = ignored_inside()) {
      const std::size_t waiting = add(kind::normal);
      connect(waiting, verb::take, s, takes());
      connect(waiting, verb::ignore, waiting, *ignored);
      connect(s, verb::ignore, waiting, *ignored);
      add_stop_behind(waiting);
    }
    return s;
  }

  /// At least `least` and at most `most` times, then on to `sink`; `around` is where to go after fewer.
  std::size_t several(std::size_t sink, std::size_t around, std::uint32_t most) {
    const std::uint32_t least = step().least;
    if (step().greedy && least != most) make_wait(sink);
    std::size_t last = sink;
    for (std::uint32_t i = least; i < most; ++i) add_stop_behind(last = once(last, around, ignored_inside(), true));
    for (std::uint32_t i = 1; i < least; ++i) add_stop_behind(last = once(last, around, ignored_inside(), false));
    return once(last, around, ignored_before(), step().optional, true);
  }

  // -- resolving what proceeds

  [[nodiscard]] state resolve(std::size_t from) const {
    state s;
    s.matches_when_over = states_[from].what == kind::pending;
    std::vector<std::pair<std::size_t, event_guard>> open{{from, {}}};
    while (!open.empty()) {
      const auto [at, so_far] = open.back();
      open.pop_back();
      for (const raw_edge& e : states_[at].edges) {
        const event_guard guard = so_far & e.guard;
        if (!guard.possible()) continue;
        s.asks |= guard.must | guard.must_not;
        const raw_state& target = states_[e.target];
        if (e.what != verb::proceed) {
          s.edges.push_back(resolve(e, states_[at].step, guard));
        } else if (target.what == kind::stop) {
          s.edges.push_back({guard, action::stop, 0, 0, false, {}});
        } else {
          if (target.what == kind::pending && guard.must == 0) s.matches_when_over = true;
          open.emplace_back(e.target, guard);
        }
      }
    }
    for (const edge& e : s.edges)
      for (const event_guard& g : e.matches_also) s.asks |= g.must | g.must_not;
    return s;
  }
  [[nodiscard]] edge resolve(const raw_edge& e, std::size_t step, const event_guard& guard) const {
    edge r{guard,
           e.what == verb::take ? action::take : action::ignore,
           static_cast<std::uint8_t>(step),
           static_cast<state_index>(e.target),
           is_end(e.target),
           {}};
    if (r.what == action::take) add_ends(e.target, {}, r.matches_also);
    return r;
  }
  /// Under which guards one may go from a state to the end without an event.
  void add_ends(std::size_t from, const event_guard& so_far, std::vector<event_guard>& ends) const {
    for (const raw_edge& e : states_[from].edges) {
      const event_guard guard = so_far & e.guard;
      if (e.what != verb::proceed || !guard.possible()) continue;
      if (is_end(e.target))
        ends.push_back(guard);
      else
        add_ends(e.target, guard, ends);
    }
  }

  const pattern_form& form_;
  const pattern_automaton& bits_;
  std::vector<raw_state> states_;
  std::size_t step_ = 0;
  std::size_t start_ = 0;
  std::map<std::size_t, std::size_t> stops_;           ///< by not-step
  std::map<std::size_t, std::size_t> before_waiting_;  ///< by sink of a greedy loop with until: as before make_wait
};

pattern_automaton::pattern_automaton(const pattern_form& form) {
  std::uint8_t bit = 0;
  for (const pattern_step& s : form.steps) {
    conditions_.push_back(bit);
    bit = static_cast<std::uint8_t>(bit + (s.until ? 2 : 1));
  }
  const compiler made{form, *this};
  states_ = made.resolved();
  start_ = static_cast<state_index>(made.start());
  stood_in_.resize(states_.size());
  stood_in_[start_] = true;
  for (const state& s : states_)
    for (const edge& e : s.edges)
      if (e.what != action::stop && !e.matches) stood_in_[e.target] = true;
}

}  // namespace leat
