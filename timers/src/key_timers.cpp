#include <leat/timers/key_timers.hpp>

#include <bit>
#include <set>

namespace leat {
namespace {

using timer_set = std::set<timer>;

timer_set& set_at(std::uint64_t bits) { return *std::bit_cast<timer_set*>(bits); }

constexpr auto earliest = std::numeric_limits<std::int64_t>::min();
constexpr auto latest = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::size_t key_timers::size() const {
  if (bits_ == 0) return 0;
  return in_set() ? set_at(bits_).size() : 1;
}

bool key_timers::set_contains(const timer& t) const { return set_at(bits_).contains(t); }

bool key_timers::insert_into_set(const timer& t) {
  if (!in_set()) {
    auto* const made = new timer_set;
    if (bits_ != 0) made->insert(inside_timer());
    bits_ = std::bit_cast<std::uint64_t>(made);
  }
  return set_at(bits_).insert(t).second;
}

bool key_timers::erase_from_set(const timer& t) {
  if (set_at(bits_).erase(t) == 0) return false;
  if (set_at(bits_).size() > 1) return true;
  const auto last = first_of_set();
  if (last && !fits_inside(*last)) return true;
  release();
  if (last) bits_ = inside_bits(*last);
  return true;
}

std::optional<timer> key_timers::first_in_set(time_domain domain, std::int64_t at_ms) const {
  const auto found = set_at(bits_).lower_bound({domain, at_ms, scope{earliest}});
  if (found == set_at(bits_).end() || found->domain != domain || found->at_ms != at_ms) return std::nullopt;
  return *found;
}

std::optional<timer> key_timers::first_of_set() const {
  return set_at(bits_).empty() ? std::nullopt : std::optional{*set_at(bits_).begin()};
}

std::optional<timer> key_timers::after_in_set(const timer& t) const {
  const auto next = set_at(bits_).upper_bound(t);
  return next == set_at(bits_).end() ? std::nullopt : std::optional{*next};
}

void key_timers::release() {
  delete &set_at(bits_);
  bits_ = 0;
}

schema codec<key_timers>::schema_of() {
  schema element{schema::kind::record, {}, 0, {}};
  for (const char* name : {"domain", "at_ms", "scope"}) {
    element.parts.push_back(codec<std::int64_t>::schema_of());
    element.parts.back().name = name;
  }
  return {schema::kind::list, {}, 0, {element}};
}

void codec<key_timers>::write(encoder& e, const key_timers& timers) {
  e.put_array(timers.size());
  timers.for_each([&e](const timer& t) {
    e.put_array(3);
    e.put_unsigned(static_cast<std::uint64_t>(t.domain));
    e.put_signed(t.at_ms);
    e.put_signed(static_cast<std::int64_t>(t.scope));
  });
}

void codec<key_timers>::read(decoder& d, key_timers& timers, const schema&) {
  const std::size_t count = d.take_array();
  for (std::size_t i = 0; i < count && !d.failed(); ++i) {
    if (d.take_array() != 3) return d.fail("a timer must have three parts");
    timer t;
    t.domain = static_cast<time_domain>(d.take_unsigned(1));
    t.at_ms = d.take_signed(earliest, latest);
    t.scope = static_cast<scope>(d.take_signed(earliest, latest));
    timers.insert(t);
  }
}

}  // namespace leat
