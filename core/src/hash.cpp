#include <leat/core/hash.hpp>

#include <xxhash.h>

namespace leat {

std::uint32_t hash_bytes(std::string_view bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()) >> 32);
}

}  // namespace leat
