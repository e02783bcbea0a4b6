#include <leat/operators/pattern_form.hpp>

#include <leat/core/hash.hpp>

#include <algorithm>
#include <utility>

namespace leat {
namespace {

using std::to_string;

std::string named(const pattern_step& s) { return "step '" + s.name + "'"; }

std::string mistake_of_names(const pattern_form& f) {
  for (std::size_t i = 0; i < f.steps.size(); ++i) {
    if (f.steps[i].name.empty())
      return "step " + to_string(i + 1) + " has no name; a match's events are found by the names of its steps";
    for (std::size_t j = 0; j < i; ++j)
      if (f.steps[j].name == f.steps[i].name)
        return "two steps have the name '" + f.steps[i].name + "'; give one of them another";
  }
  return {};
}

std::string mistake_of_times(const pattern_step& s) {
  if (s.most != pattern_step::unlimited && s.least > s.most)
    return named(s) + " is to be matched at least " + to_string(s.least) + " and at most " + to_string(s.most) +
           " times; swap the two";
  return {};
}

std::string mistake_of_quantifier(const pattern_step& s) {
  if (s.negative() && (s.quantified || s.optional || s.greedy || s.until || s.inner != inner_contiguity::relaxed))
    return named(s) + " says what must not come; it takes conditions, no quantifier";
  if (!s.quantified && s.inner != inner_contiguity::relaxed)
    return named(s) + " is matched once; consecutive and allow_combinations go behind one_or_more or times";
  if (!s.quantified && s.greedy) return named(s) + " is matched once; greedy goes behind one_or_more or times";
  if (s.greedy && s.inner == inner_contiguity::combinations)
    return named(s) + " cannot be greedy and allow combinations; leave one of the two out";
  if (s.until && !s.looping()) return named(s) + " ends by itself; until goes behind one_or_more or times_or_more";
  return mistake_of_times(s);
}

std::string mistake_of_order(const pattern_form& f) {
  for (std::size_t i = 1; i < f.steps.size(); ++i)
    if (f.steps[i].negative() && f.steps[i - 1].optional)
      return named(f.steps[i]) + " comes behind the optional " + named(f.steps[i - 1]) +
             "; write two patterns, one with that step and one without";
  const pattern_step& last = f.steps.back();
  if (last.contiguity == contiguity::not_followed_by && !f.within)
    return "the pattern ends in not_followed_by (" + named(last) +
           "), and nothing says how long to wait for it; give the pattern a within";
  return {};
}

std::string mistake_of_skip(const pattern_form& f) {
  if (f.skip.what != match_skip::kind::to_first && f.skip.what != match_skip::kind::to_last) return {};
  const auto at = f.find(f.skip.step);
  if (!at) return "the pattern skips to a step '" + f.skip.step + "', which it has not; name one of its steps";
  if (f.steps[*at].negative())
    return "the pattern skips to " + named(f.steps[*at]) + ", which never has events; name another step";
  return {};
}

}  // namespace

std::string pattern_form::mistake() const {
  if (std::string why = mistake_of_names(*this); !why.empty()) return why;
  std::size_t conditions = 0;
  std::size_t times = 0;
  for (const pattern_step& s : steps) {
    if (std::string why = mistake_of_quantifier(s); !why.empty()) return why;
    conditions += s.until ? 2 : 1;
    times += std::max(s.least, s.most);
  }
  if (conditions > conditions_max)
    return "the pattern has " + to_string(conditions) + " steps and stop conditions; the most is " +
           to_string(conditions_max);
  if (times > times_max)
    return "the steps are to be matched " + to_string(times) + " times together; the most is " + to_string(times_max) +
           ", use one_or_more and count in a condition";
  if (within && *within <= duration{0})
    return "the pattern is to be matched within " + to_string(within->count()) + " ms; that must be positive";
  if (std::string why = mistake_of_order(*this); !why.empty()) return why;
  return mistake_of_skip(*this);
}

std::optional<std::size_t> pattern_form::find(std::string_view step) const {
  const auto it = std::find_if(steps.begin(), steps.end(), [&](const pattern_step& s) { return s.name == step; });
  return it == steps.end() ? std::nullopt : std::optional{static_cast<std::size_t>(it - steps.begin())};
}

std::uint32_t pattern_form::fingerprint() const {
  std::string text;
  for (const pattern_step& s : steps)
    for (const std::uint64_t part :
         {std::uint64_t{key_hash<std::string>{}(s.name)}, static_cast<std::uint64_t>(s.contiguity),
          std::uint64_t{s.least}, std::uint64_t{s.most}, std::uint64_t{s.optional}, std::uint64_t{s.greedy},
          std::uint64_t{s.until}, static_cast<std::uint64_t>(s.inner)})
      text += to_string(part) + ",";
  text += within ? "within" : "";
  return key_hash<std::string>{}(text);
}

}  // namespace leat
