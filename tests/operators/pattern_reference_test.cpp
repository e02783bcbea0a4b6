// The automaton against a reference that knows none: of all selections of events, those that the rules allow.

#include <leat/operators/pattern_matcher.hpp>

#include <doctest/doctest.h>

#include <leat/core/random.hpp>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

using leat::contiguity;
using leat::inner_contiguity;
using leat::pattern_step;

/// An event is a letter; a step takes the letter that its name begins with.
struct letter {
  char what = 0;
  std::uint32_t index = 0;
  LEAT_FIELDS(what, index);
};
using selections = std::multiset<std::string>;

struct to_text {
  selections* all;
  void matched(const leat::matched<letter>& m, std::int64_t) {
    std::string text;
    m.for_each([&](const std::string& step, const letter& l) { text += step + ":" + std::to_string(l.index) + " "; });
    all->insert(text);
  }
  static bool wants_timed_out() { return false; }
  void timed_out(const leat::matched<letter>&, std::int64_t) {}
};

selections found_by_automaton(const leat::pattern<letter>& p, const std::string& events) {
  leat::pattern_matcher<letter> matcher{p};
  leat::key_matches<letter> m;
  selections all;
  to_text to{&all};
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    const letter l{events[i], i};
    const std::uint64_t truth = *matcher.evaluate(&l, 1);
    if (!matcher.may_change(m, i, truth)) continue;
    matcher.advance(m, i, to);
    matcher.take(m, l, i, truth, to);
  }
  return all;
}

/// Tries every selection of events, last step and gap by gap.
class reference {
 public:
  reference(const leat::pattern_form& form, const std::string& events) : steps_(form.steps), events_(events) {
    for (std::size_t q = 0; q < events.size(); ++q)
      for (std::size_t s = 0; s < steps_.size(); ++s) {
        if (fits(s, q)) take(s, 1, q, "");
        if (!steps_[s].optional) break;
      }
  }
  [[nodiscard]] const selections& found() const { return found_; }

 private:
  [[nodiscard]] bool fits(std::size_t step, std::size_t at) const { return events_[at] == steps_[step].name[0]; }
  [[nodiscard]] bool stops(std::size_t step, std::size_t at) const { return steps_[step].until && events_[at] == 'u'; }

  void take(std::size_t step, std::uint32_t count, std::size_t at, std::string so_far) {
    if (stops(step, at)) return;
    so_far += steps_[step].name + ":" + std::to_string(at) + " ";
    const pattern_step& s = steps_[step];
    if (count >= s.least && may_end(step, at)) found_.insert(so_far);
    for (std::size_t q = at + 1; q < events_.size(); ++q) {
      if ((s.most == pattern_step::unlimited || count < s.most) && s.quantified && fits(step, q) &&
          inner_gap(step, at, q))
        take(step, count + 1, q, so_far);
      if (count < s.least) continue;
      for (std::size_t t = step + 1; t < steps_.size(); ++t) {
        if (!steps_[t].negative() && fits(t, q) && outer_gap(step, t, at, q)) take(t, 1, q, so_far);
        if (!steps_[t].negative() && !steps_[t].optional) break;
      }
    }
  }

  [[nodiscard]] bool may_end(std::size_t step, std::size_t at) const {
    for (std::size_t t = step + 1; t < steps_.size(); ++t) {
      if (steps_[t].contiguity == contiguity::not_next) {
        if (at + 1 == events_.size() || fits(t, at + 1)) return false;
      } else if (!steps_[t].optional && !steps_[t].negative()) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] bool inner_gap(std::size_t step, std::size_t from, std::size_t to) const {
    for (std::size_t i = from + 1; i < to; ++i) {
      if (steps_[step].inner == inner_contiguity::strict || stops(step, i)) return false;
      if (steps_[step].inner == inner_contiguity::relaxed && fits(step, i)) return false;
      if (step + 1 < steps_.size() && steps_[step + 1].contiguity == contiguity::not_followed_by && fits(step + 1, i))
        return false;
    }
    return true;
  }
  [[nodiscard]] bool outer_gap(std::size_t step, std::size_t next, std::size_t from, std::size_t to) const {
    for (std::size_t i = from + 1; i < to; ++i) {
      if (steps_[next].contiguity == contiguity::next) return false;
      if (steps_[next].contiguity == contiguity::followed_by && fits(next, i)) return false;
    }
    for (std::size_t t = step; t < next; ++t)
      for (std::size_t i = from + 1; i <= to; ++i) {
        if (!fits(t, i)) continue;
        const bool greedy = steps_[t].greedy && steps_[t].least != steps_[t].most;
        if (greedy || steps_[t].contiguity == contiguity::not_followed_by) return false;
        if (steps_[t].contiguity == contiguity::not_next && t > step && i == from + 1) return false;
      }
    return true;
  }

  const std::vector<pattern_step>& steps_;
  const std::string& events_;
  selections found_;
};

/// A pattern of one to four steps of any kind that the builder accepts. Not-steps have letters of their own; a greedy
/// and a not_next step are followed by one that must be there.
leat::pattern<letter> random_pattern(leat::random& random) {
  const auto one_of = [&](std::uint64_t n) { return random.below(n); };
  const auto is = [](char c) { return [c](const letter& l) { return l.what == c; }; };
  const std::size_t count = 1 + one_of(4);
  const auto name_of = [&](std::size_t i, char c) { return std::string{c} + std::to_string(i); };
  const char first = static_cast<char>('a' + one_of(3));
  auto p = leat::pattern<letter>::begin(name_of(0, first)).where(is(first));
  for (std::size_t i = 0; i < count; ++i) {
    const pattern_step before = p.form().steps.back();
    if (i > 0) {
      const char c = static_cast<char>('a' + one_of(3));
      const bool may_be_not = !before.optional && !before.negative() && !before.greedy;
      const bool last = i + 1 == count;
      switch (one_of(may_be_not ? 5 : 3)) {
        case 0: p.next(name_of(i, c)).where(is(c)); break;
        case 1: p.followed_by(name_of(i, c)).where(is(c)); break;
        case 2: p.followed_by_any(name_of(i, c)).where(is(c)); break;
        case 3:
          if (before.least != before.most) {
            p.followed_by(name_of(i, c)).where(is(c));
            break;
          }
          p.not_next(name_of(i, 'x')).where(is('x'));
          continue;
        default:
          if (last) {
            p.followed_by_any(name_of(i, c)).where(is(c));
            break;
          }
          p.not_followed_by(name_of(i, 'x')).where(is('x'));
          continue;
      }
    }
    const auto least = static_cast<std::uint32_t>(1 + one_of(2));
    bool quantified = true;
    bool looping = false;
    switch (one_of(5)) {
      case 0: p.one_or_more(), looping = true; break;
      case 1: p.times(least); break;
      case 2: p.times(least, least + static_cast<std::uint32_t>(one_of(3))); break;
      case 3: p.times_or_more(least), looping = true; break;
      default: quantified = false;
    }
    const bool may_be_optional = !before.greedy && (i == 0 || before.contiguity != contiguity::not_next);
    const bool optional = may_be_optional && one_of(3) == 0;
    if (optional) p.optional();
    if (!quantified) continue;
    const bool until = looping && one_of(3) == 0;
    if (until) p.until(is('u'));
    switch (one_of(4)) {
      case 0: p.consecutive(); break;
      case 1: p.allow_combinations(); break;
      case 2:
        if (!until && !optional) p.greedy();
        break;
      default: break;
    }
  }
  return p;
}

std::string described(const leat::pattern_form& f) {
  std::string text;
  for (const auto& s : f.steps)
    text += s.name + "(" + std::to_string(static_cast<int>(s.contiguity)) + " " + std::to_string(s.least) + ".." +
            std::to_string(s.most) + (s.optional ? " optional" : "") + (s.greedy ? " greedy" : "") +
            (s.until ? " until" : "") + " inner " + std::to_string(static_cast<int>(s.inner)) + ") ";
  return text;
}

TEST_CASE("matches are those of the reference, each once") {
  std::size_t matches = 0;
  for (std::uint64_t seed = 1; seed <= 30'000; ++seed) {
    leat::random random{seed};
    const auto p = random_pattern(random);
    REQUIRE(p.mistake() == "");
    std::string events;
    for (std::uint64_t length = 4 + random.below(5); events.size() < length;) events += "aabbccxu."[random.below(9)];
    const selections want = reference{p.form(), events}.found();
    const selections got = found_by_automaton(p, events);
    matches += want.size();
    CAPTURE(seed);
    CAPTURE(events);
    const std::string pattern = described(p.form());
    CAPTURE(pattern);
    REQUIRE(got == want);
  }
  CHECK(matches > 10'000);  // the comparison was about something
}

}  // namespace
