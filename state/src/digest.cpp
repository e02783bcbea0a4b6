#include "digest.hpp"

#include <leat/core/assert.hpp>

#include <xxhash.h>

namespace leat {
namespace {

std::string canonical(XXH128_hash_t h) { return to_hex(h.high64) + to_hex(h.low64); }

}  // namespace

digest::digest() : state_(XXH3_createState()) {
  LEAT_ASSERT(state_ != nullptr, "no memory for a checksum");
  XXH3_128bits_reset(state_.get());
}

void digest::free_state::operator()(XXH3_state_s* s) const { XXH3_freeState(s); }

void digest::add(std::string_view bytes) { XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()); }

std::string digest::hex() const { return canonical(XXH3_128bits_digest(state_.get())); }

std::string digest_of(std::string_view bytes) { return canonical(XXH3_128bits(bytes.data(), bytes.size())); }

std::uint64_t short_digest_of(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string to_hex(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; number >>= 4) text[i] = "0123456789abcdef"[number & 15];
  return text;
}

}  // namespace leat
