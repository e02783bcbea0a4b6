#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <leat/core/fields.hpp>
#include <leat/core/strong.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// The 32-bit hash of a byte string: the upper half of XXH3-64. Part of the checkpoint format: never changes.
[[nodiscard]] std::uint32_t hash_bytes(std::string_view bytes);

/// GCC's and clang's 128-bit integer.
__extension__ using uint128 = unsigned __int128;

/// The 32-bit hash of an integer: one 64 x 64 multiplication, both halves folded.
/// Part of the checkpoint format: never changes. Source: Wang Yi, wyhash (the "mum" step).
[[nodiscard]] constexpr std::uint32_t hash_integer(std::uint64_t x) {
  const auto product = static_cast<uint128>(x ^ 0xA0761D6478BD642FULL) * 0xE7037ED1A0B428DBULL;
  const auto folded = static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
  return static_cast<std::uint32_t>(folded >> 32) ^ static_cast<std::uint32_t>(folded);
}

/// The hash by which a key chooses its key group and its place in the state table. Specialise it for key types that
/// are neither integers, enums, strings, times, `strong` types nor LEAT_FIELDS structs of these.
template <class K>
struct key_hash;

template <class K>
  requires std::integral<K> || std::is_enum_v<K>
struct key_hash<K> {
  constexpr std::uint32_t operator()(K k) const { return hash_integer(static_cast<std::uint64_t>(k)); }
};

template <>
struct key_hash<std::string> {
  std::uint32_t operator()(const std::string& k) const { return hash_bytes(k); }
};

template <class Tag>
struct key_hash<instant<Tag>> {
  constexpr std::uint32_t operator()(instant<Tag> k) const { return hash_integer(static_cast<std::uint64_t>(k.ms())); }
};

template <class T, class Tag>
struct key_hash<strong<T, Tag>> {
  constexpr std::uint32_t operator()(strong<T, Tag> k) const { return key_hash<T>{}(k.value()); }
};

template <has_fields K>
struct key_hash<K> {
  std::uint32_t operator()(const K& k) const {
    std::uint64_t h = 0;
    for_each_field(k, [&h](const char*, const auto& v) {
      h = (h << 32 | h >> 32) ^ key_hash<std::decay_t<decltype(v)>>{}(v);
      h = hash_integer(h) | h << 32;
    });
    return hash_integer(h);
  }
};

}  // namespace leat
