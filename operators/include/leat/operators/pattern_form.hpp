#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <leat/core/time.hpp>

namespace leat {

/// How a step of a pattern is tied to the step before.
enum class contiguity : std::uint8_t {
  next,             ///< strict: the very next event
  followed_by,      ///< relaxed: events that do not fit are skipped, the first that fits is taken
  followed_by_any,  ///< relaxed, not deterministic: an event that fits may be skipped too
  not_next,         ///< the very next event must not fit
  not_followed_by,  ///< no event may fit until the next step is matched
};

/// How the events of one step that is matched several times are tied to each other.
enum class inner_contiguity : std::uint8_t { relaxed, strict, combinations };

/// A step of a pattern without its conditions.
struct pattern_step {
  static constexpr std::uint32_t unlimited = 0;

  std::string name;
  leat::contiguity contiguity = contiguity::next;
  std::uint32_t least = 1;  ///< at least 1; absence is `optional`
  std::uint32_t most = 1;   ///< or unlimited
  bool quantified = false;  ///< one_or_more or times was called
  bool optional = false;
  bool greedy = false;
  bool until = false;  ///< has a stop condition
  inner_contiguity inner = inner_contiguity::relaxed;

  [[nodiscard]] bool negative() const {
    return contiguity == contiguity::not_next || contiguity == contiguity::not_followed_by;
  }
  [[nodiscard]] bool looping() const { return quantified && most == unlimited; }
};

/// What becomes of other matches and partial matches when one is found. A match's place is that of its first event.
/// With any but `no_skip`, matches are found in the order of their places: one waits for partial matches that began
/// before it.
/// Source: Flink, AfterMatchSkipStrategy.
struct match_skip {
  enum class kind : std::uint8_t {
    none,             ///< every possible match is found
    to_next,          ///< drops those that began with the same event
    past_last_event,  ///< drops those that began at or before the match's last event
    to_first,         ///< drops those that began before the first event of a step
    to_last,          ///< drops those that began before the last event of a step
  };
  kind what = kind::none;
  std::string step = {};  ///< for to_first and to_last
};

[[nodiscard]] inline match_skip no_skip() { return {}; }
[[nodiscard]] inline match_skip skip_to_next() { return {match_skip::kind::to_next}; }
[[nodiscard]] inline match_skip skip_past_last_event() { return {match_skip::kind::past_last_event}; }
/// Nothing is dropped after a match in which the step is absent.
[[nodiscard]] inline match_skip skip_to_first(std::string step) {
  return {match_skip::kind::to_first, std::move(step)};
}
[[nodiscard]] inline match_skip skip_to_last(std::string step) { return {match_skip::kind::to_last, std::move(step)}; }

/// A pattern without its conditions: what can be checked and compiled once for all event types.
struct pattern_form {
  static constexpr std::size_t conditions_max = 64;
  static constexpr std::uint32_t times_max = 500;  ///< of all steps together

  std::vector<pattern_step> steps;
  std::optional<duration> within;  ///< the last event is less than this behind the first
  match_skip skip;

  /// What is wrong with it and what to do about it; empty if nothing is.
  [[nodiscard]] std::string mistake() const;

  [[nodiscard]] std::optional<std::size_t> find(std::string_view step) const;
  /// Differs between patterns whose partial matches cannot stand for each other. Conditions do not count.
  [[nodiscard]] std::uint32_t fingerprint() const;
};

}  // namespace leat
