#pragma once

#include <limits>

#include <leat/core/codec.hpp>
#include <leat/timers/key_timers.hpp>

namespace leat {

/// A key's timers in a snapshot: a list of [domain, at in ms, scope], the domain 0 for event and 1 for processing time.
template <>
struct codec<key_timers> {
  static schema schema_of() {
    schema element{schema::kind::record, {}, 0, {}};
    for (const char* name : {"domain", "at_ms", "scope"}) {
      element.parts.push_back(codec<std::int64_t>::schema_of());
      element.parts.back().name = name;
    }
    return {schema::kind::list, {}, 0, {element}};
  }
  static void write(encoder& e, const key_timers& timers) {
    e.put_array(timers.size());
    timers.for_each([&e](const timer& t) {
      e.put_array(3);
      e.put_unsigned(static_cast<std::uint64_t>(t.domain));
      e.put_signed(t.at_ms);
      e.put_signed(static_cast<std::int64_t>(t.scope));
    });
  }
  static void read(decoder& d, key_timers& timers, const schema&) {
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto highest = std::numeric_limits<std::int64_t>::max();
    const std::size_t count = d.take_array();
    for (std::size_t i = 0; i < count && !d.failed(); ++i) {
      if (d.take_array() != 3) return d.fail("a timer must have three parts");
      timer t;
      t.domain = static_cast<time_domain>(d.take_unsigned(1));
      t.at_ms = d.take_signed(lowest, highest);
      t.scope = static_cast<scope>(d.take_signed(lowest, highest));
      timers.insert(t);
    }
  }
};

}  // namespace leat
