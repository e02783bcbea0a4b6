#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <leat/core/codec.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// What begins a value's life anew.
enum class ttl_update : std::uint8_t {
  on_create_and_write,  ///< being written
  on_read_and_write,    ///< being written or read
};

/// What a read of an expired value that is still there returns. In both cases that read takes the value away.
enum class ttl_visibility : std::uint8_t {
  never_return_expired,              ///< nothing
  return_expired_if_not_cleaned_up,  ///< the value, for this once; in a list until all its elements have expired
};

/// Who takes expired values away that nobody reads.
enum class ttl_cleanup : std::uint8_t {
  background,  ///< the operator, bit by bit while records come, and whenever it writes a snapshot
  on_access,   ///< nobody: they stay in memory and in checkpoints until their key is accessed
};

/// How long what is in a keyed state lives, by the clock: a value, each element of a list, each entry of a map. Expired
/// is what was written at `t` once t + ttl ≤ now. Now is the time at which the operator began with the batch, or with
/// the round of timers; event time and watermarks play no part.
/// Source: Flink, StateTtlConfig. Without `ttl_cleanup::on_access` this is its default configuration.
struct state_ttl {
  duration ttl{};  ///< more than zero
  ttl_update update = ttl_update::on_create_and_write;
  ttl_visibility visibility = ttl_visibility::never_return_expired;
  ttl_cleanup cleanup = ttl_cleanup::background;

  /// The sum saturates: a ttl near the end of time means for ever.
  [[nodiscard]] bool expired(processing_time written, processing_time now) const { return written + ttl <= now; }
  [[nodiscard]] bool shows_expired() const { return visibility == ttl_visibility::return_expired_if_not_cleaned_up; }
  [[nodiscard]] bool refreshes_on_read() const { return update == ttl_update::on_read_and_write; }
};

/// How the table handles what may expire in a state whose type it does not know.
struct expiry_operations {
  /// Whether drop_expired would drop anything.
  bool (*any_expired)(const void* at, const state_ttl& ttl, processing_time now);
  /// Drops what has expired; returns whether nothing is left, so that the state is to be destroyed.
  bool (*drop_expired)(void* at, const state_ttl& ttl, processing_time now);
  /// Reads what was stored by a state of the same shape without TTL, as if written now.
  void (*adopt)(decoder& d, void* at, const schema& stored, processing_time now);
  schema without_ttl;  ///< of what `adopt` reads
};

/// A value with the time of its last write (or read, if reads refresh).
template <class T>
struct expiring {
  T value{};
  processing_time written{};
  LEAT_FIELDS(value, written)
};

/// A list whose elements expire one by one; their values lie side by side. Stored as a list of `expiring<T>`.
template <class T>
struct expiring_list {
  std::vector<T> values;
  std::vector<processing_time> written;  ///< as many as values
};

template <has_codec T>
struct codec<expiring_list<T>> {
  static schema schema_of() { return {schema::kind::list, {}, 0, {codec<expiring<T>>::schema_of()}}; }
  static void write(encoder& e, const expiring_list<T>& v) {
    e.put_array(v.values.size());
    for (std::size_t i = 0; i < v.values.size(); ++i) {
      e.put_array(2);
      codec<T>::write(e, v.values[i]);
      codec<processing_time>::write(e, v.written[i]);
    }
  }
  static void read(decoder& d, expiring_list<T>& v, const schema& s) {
    const std::size_t count = d.take_array();
    v = {};
    for (std::size_t i = 0; i < count && !d.failed(); ++i) {
      expiring<T> x;
      codec<expiring<T>>::read(d, x, s.parts.at(0));
      v.values.push_back(std::move(x.value));
      v.written.push_back(x.written);
    }
  }
};

}  // namespace leat
