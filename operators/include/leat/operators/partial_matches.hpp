#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <leat/core/codec.hpp>
#include <leat/core/fields.hpp>
#include <leat/operators/short_vector.hpp>
#include <leat/state/slab_arena.hpp>

namespace leat {

/// Where a match begins: orders the runs of a key.
struct match_place {
  std::int64_t at_ms = 0;
  std::uint64_t number = 0;  ///< of events of one time, the order they came in
  LEAT_FIELDS(at_ms, number);
  auto operator<=>(const match_place&) const = default;
};

/// An event that a partial match may still need.
template <class T>
struct kept_event {
  match_place place;
  T value{};
  LEAT_FIELDS(place, value);
};

/// An event of a partial match and the one before it. Runs that went apart share what they have in common.
struct match_link {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t event = 0;
  std::uint32_t previous = none;
  std::uint8_t step = 0;
  LEAT_FIELDS(event, previous, step);
};

/// A partial match: where it began, where it stands in the automaton, its last event.
struct match_run {
  match_place start;
  std::uint32_t last = match_link::none;
  std::uint16_t state = 0;
  LEAT_FIELDS(start, last, state);
};

/// What a pattern remembers of a key.
template <class T>
struct key_matches {
  static constexpr std::size_t links_inside = 6;
  static constexpr std::int64_t no_timer = std::numeric_limits<std::int64_t>::max();

  std::uint32_t pattern = 0;  ///< fingerprint of the pattern that the states belong to
  std::uint64_t events_seen = 0;
  std::int64_t timer_ms = no_timer;
  std::uint32_t swept = 0;          ///< links that the last sweep left
  short_vector<match_run, 2> runs;  ///< by start
  short_vector<match_link, links_inside> links;
  short_vector<kept_event<T>, (sizeof(T) <= 32 ? links_inside : 1)> events;
  bool pooled = false;           ///< not stored
  std::vector<match_run> found;  ///< matches that wait for those that began before; by start
  LEAT_FIELDS(pattern, events_seen, timer_ms, swept, runs, found, links, events);

  [[nodiscard]] bool idle() const { return runs.empty() && found.empty(); }

  /// Forgets everything and keeps its memory.
  void clear() {
    events_seen = 0;
    timer_ms = no_timer;
    swept = 0;
    runs.clear();
    found.clear();
    links.clear();
    events.clear();
  }
};

/// Takes key_matches apart. Those of a pool leave their memory to it.
struct key_matches_end {
  template <class T>
  void operator()(key_matches<T>* m) const {
    if (m->pooled)
      std::destroy_at(m);
    else
      delete m;
  }
};
template <class T>
using key_matches_ptr = std::unique_ptr<key_matches<T>, key_matches_end>;

/// Memory for key_matches, on huge pages: with many keys, a page-table walk for each event would cost more than the
/// event itself. Ownership: outlives all that it makes.
template <class T>
class key_matches_pool {
 public:
  [[nodiscard]] key_matches_ptr<T> make() {
    if (!spare_.empty()) {
      key_matches_ptr<T> m = std::move(spare_.back());
      spare_.pop_back();
      return m;
    }
    if (next_ == chunk_size) {
      chunks_.push_back(arena_.allocate(chunk_size * sizeof(key_matches<T>)));
      next_ = 0;
    }
    auto* const m = new (chunks_.back() + next_++ * sizeof(key_matches<T>)) key_matches<T>;
    m->pooled = true;
    return key_matches_ptr<T>{m};
  }
  /// Takes back what make() gave. Of many, the memory beyond their own size is freed.
  void give_back(key_matches_ptr<T> m) {
    if (!m->pooled) return;
    if (spare_.size() < whole_spares) {
      m->clear();
    } else {
      *m = {};
      m->pooled = true;
    }
    spare_.push_back(std::move(m));
  }
  [[nodiscard]] std::size_t bytes() const { return arena_.bytes(); }

 private:
  static constexpr std::size_t chunk_size = std::max<std::size_t>(1, (std::size_t{64} << 10) / sizeof(key_matches<T>));
  static constexpr std::size_t whole_spares = 1024;
  static_assert(alignof(key_matches<T>) <= 64);

  slab_arena arena_;  // first: the memory goes last
  std::vector<std::byte*> chunks_;
  std::size_t next_ = chunk_size;  ///< unused in the last chunk
  std::vector<key_matches_ptr<T>> spare_;
};

/// key_matches behind a pointer, so that idle keys take little and the memory of one goes to the next.
template <class T>
struct key_matches_box {
  key_matches_ptr<T> matches;
  /// Before this time, an event that moves no run changes nothing.
  std::int64_t quiet_until_ms = std::numeric_limits<std::int64_t>::min();
};

template <class T>
struct codec<key_matches_box<T>> {
  using inner = codec<key_matches<T>>;
  static schema schema_of() { return inner::schema_of(); }
  static void write(encoder& e, const key_matches_box<T>& b) { inner::write(e, b.matches ? *b.matches : nothing()); }
  static void read(decoder& d, key_matches_box<T>& b, const schema& stored) {
    b.matches.reset(new key_matches<T>);
    inner::read(d, *b.matches, stored);
  }

 private:
  static const key_matches<T>& nothing() {
    static const key_matches<T> empty;
    return empty;
  }
};

/// Drops links and events that no run refers to any more. Keeps its working memory from call to call.
class match_sweeper {
 public:
  template <class T>
  void sweep(key_matches<T>& m) {
    links_.assign(m.links.size(), dead);
    events_.assign(m.events.size(), dead);
    mark(m, m.runs);
    mark(m, m.found);
    number(links_);
    number(events_);
    for (std::size_t i = 0; i < m.links.size(); ++i) {
      if (links_[i] == dead) continue;
      match_link l = m.links[i];
      l.event = events_[l.event];
      if (l.previous != match_link::none) l.previous = links_[l.previous];
      m.links[links_[i]] = l;
    }
    for (std::size_t i = 0; i < m.events.size(); ++i)
      if (events_[i] != dead && events_[i] != i) m.events[events_[i]] = std::move(m.events[i]);
    m.links.shrink(live_in(links_));
    m.events.shrink(live_in(events_));
    for (match_run& r : m.runs) r.last = links_[r.last];
    for (match_run& r : m.found) r.last = links_[r.last];
  }

 private:
  static constexpr std::uint32_t dead = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t live = 0;

  template <class T, class Runs>
  void mark(const key_matches<T>& m, const Runs& runs) {
    for (const match_run& r : runs)
      for (std::uint32_t l = r.last; l != match_link::none && links_[l] == dead; l = m.links[l].previous)
        links_[l] = events_[m.links[l].event] = live;
  }
  static void number(std::vector<std::uint32_t>& all) {
    std::uint32_t next = 0;
    for (std::uint32_t& x : all)
      if (x != dead) x = next++;
  }
  static std::size_t live_in(const std::vector<std::uint32_t>& all) {
    std::size_t count = 0;
    for (const std::uint32_t x : all) count += x != dead ? 1 : 0;
    return count;
  }

  std::vector<std::uint32_t> links_;
  std::vector<std::uint32_t> events_;
};

}  // namespace leat
