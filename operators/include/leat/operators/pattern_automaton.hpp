#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <leat/operators/pattern_form.hpp>

namespace leat {

/// Which conditions must and must not hold of an event. Bits are those of pattern_automaton::condition_of and until_of.
struct event_guard {
  std::uint64_t must = 0;
  std::uint64_t must_not = 0;

  [[nodiscard]] bool holds(std::uint64_t truth) const { return (truth & must) == must && (truth & must_not) == 0; }
  [[nodiscard]] bool possible() const { return (must & must_not) == 0; }
  [[nodiscard]] event_guard operator&(const event_guard& o) const { return {must | o.must, must_not | o.must_not}; }
};

/// A pattern as a non-deterministic automaton. A run stands in a state; an event moves it along every edge whose guard
/// holds, so that it may go on in several ways or end. Edges that consume nothing are resolved here, once.
/// Source: Flink, NFACompiler, for which patterns mean what.
class pattern_automaton {
 public:
  using state_index = std::uint16_t;

  enum class action : std::uint8_t {
    take,    ///< the event becomes part of the match
    ignore,  ///< the event is passed over
    stop,    ///< the run ends without a match, whatever else it could do
  };
  struct edge {
    event_guard guard;
    action what = action::take;
    std::uint8_t step = 0;  ///< of what is taken
    state_index target = 0;
    bool matches = false;                   ///< the target is the end: the run is a match
    std::vector<event_guard> matches_also;  ///< under any of these it goes on and is a match as it stands
  };
  struct state {
    std::vector<edge> edges;
    bool matches_when_over = false;  ///< a run that stands here when its time is over is a match
    std::uint64_t asks = 0;          ///< conditions that its edges' guards speak of
  };

  /// Requires: form.mistake() is empty.
  explicit pattern_automaton(const pattern_form& form);

  [[nodiscard]] const state& operator[](state_index i) const { return states_[i]; }
  [[nodiscard]] state_index start() const { return start_; }
  [[nodiscard]] std::size_t size() const { return states_.size(); }
  /// Whether a run can stand in a state; others are only gone through.
  [[nodiscard]] bool is_stood_in(std::size_t i) const { return stood_in_[i]; }

  /// The bit of a step's condition, and of its stop condition.
  [[nodiscard]] std::uint64_t condition_of(std::size_t step) const { return std::uint64_t{1} << conditions_[step]; }
  [[nodiscard]] std::uint64_t until_of(std::size_t step) const { return condition_of(step) << 1; }

 private:
  class compiler;

  std::vector<state> states_;
  std::vector<std::uint8_t> conditions_;  ///< number of the bit; the stop condition's is the next
  state_index start_ = 0;
  std::vector<bool> stood_in_;
};

}  // namespace leat
