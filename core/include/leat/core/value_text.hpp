#pragma once

#include <string>

#include <leat/core/codec.hpp>

namespace leat {

/// Reads one value and returns it as people read it: `{card: 7, eur: 0.5, tags: ["a", "b"], note: none}`. Knows the
/// value's type only by its schema, so it serves tools that look into checkpoints.
/// Errors: left in the decoder.
[[nodiscard]] std::string take_text(decoder& d, const schema& stored);

/// A value as people read it.
template <class T>
[[nodiscard]] std::string to_text(const T& value) {
  require_codec<T>();
  encoder e;
  codec<T>::write(e, value);
  const std::string bytes = e.take();
  decoder d{bytes};
  return take_text(d, codec<T>::schema_of());
}

}  // namespace leat
