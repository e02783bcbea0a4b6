#pragma once

// What the tests of patterns share: events named "a1", matches as text.

#include <leat/operators/pattern_operator.hpp>
#include <leat/testing/operator_harness.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace pattern_test {

using leat::duration;
using leat::event_time;
using leat::watermark;

/// "a1" is an event of type a; the number tells it from others.
struct event {
  std::string key;
  std::string id;
  LEAT_FIELDS(key, id);
};
/// A match as text: "a1 b1/c1" where a step took a1 and b1 and the next took c1.
struct found {
  std::string key;
  std::string events;
  LEAT_FIELDS(key, events);
};
struct key_of_event {
  const std::string& operator()(const event& e) const { return e.key; }
};
using pattern = leat::pattern<event>;
using matched = leat::matched<event>;
using texts = std::multiset<std::string>;
using harness = leat::operator_harness<event, found>;
using settings = leat::pattern_settings<std::string, event>;

inline std::string text_of(const matched& m) {
  std::string text;
  std::string last;
  m.for_each([&](const std::string& step, const event& e) {
    if (!text.empty()) text += step == last ? " " : "/";
    text += e.id;
    last = step;
  });
  return text;
}
struct emit_text {
  void operator()(const std::string& key, const matched& m, leat::output<found>& out) const {
    out.emit({key, text_of(m)});
  }
};
inline const leat::output_tag<found> timeouts{"timeouts"};

inline settings with_timeouts(leat::time_domain domain = leat::time_domain::event) {
  return {domain, false, [](const std::string& key, const matched& m, std::int64_t at_ms, leat::side_outputs& sides) {
            sides.emit(timeouts, {key, text_of(m)}, at_ms);
          }};
}
inline std::function<std::unique_ptr<leat::stream_operator>()> maker(const pattern& p,
                                                                     const settings& s = with_timeouts()) {
  return [p, s] {
    return std::make_unique<leat::pattern_operator<std::string, event, found, key_of_event, emit_text>>(
        key_of_event{}, p, emit_text{}, s);
  };
}
inline harness::settings keyed() {
  harness::settings s;
  s.hash = [](const event& e) { return leat::key_hash<std::string>{}(e.key); };
  s.side_outputs = {timeouts.name};
  return s;
}

inline auto is(char type) {
  return [type](const event& e) { return e.id[0] == type; };
}
inline pattern begin(const char* name) { return pattern::begin(name).where(is(name[0])); }

}  // namespace pattern_test
