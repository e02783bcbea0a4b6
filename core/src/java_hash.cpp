#include <leat/core/java_hash.hpp>

#include <cstddef>

namespace leat {
namespace {

/// A decoded character and the bytes it took.
struct decoded {
  std::uint32_t character;
  std::size_t size;
};

constexpr decoded malformed{0xFFFD, 1};

/// How many bytes a character takes that begins with `lead`; 0 if none does.
std::size_t sequence_size(std::uint32_t lead) {
  if (lead < 0x80) return 1;
  if (0xC2 <= lead && lead <= 0xDF) return 2;
  if (0xE0 <= lead && lead <= 0xEF) return 3;
  if (0xF0 <= lead && lead <= 0xF4) return 4;
  return 0;
}

/// Source: RFC 3629, section 3: overlong forms, surrogates and what lies above U+10FFFF are malformed.
decoded decode_at(std::string_view utf8, std::size_t at) {
  const auto byte = [utf8](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(utf8[i])); };
  const std::size_t size = sequence_size(byte(at));
  if (size == 0 || size > utf8.size() - at) return malformed;
  if (size == 1) return {byte(at), 1};
  constexpr std::uint32_t lead_bits[] = {0, 0, 0x1F, 0x0F, 0x07};
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  std::uint32_t character = byte(at) & lead_bits[size];
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return malformed;
    character = character << 6 | (byte(at + i) & 0x3F);
  }
  const bool surrogate = 0xD800 <= character && character <= 0xDFFF;
  if (character < smallest[size] || character > 0x10FFFF || surrogate) return malformed;
  return {character, size};
}

}  // namespace

std::uint32_t java_hash(std::string_view utf8) {
  std::uint32_t hash = 0;
  const auto add_unit = [&hash](std::uint32_t unit) { hash = hash * 31 + unit; };
  for (std::size_t at = 0; at < utf8.size();) {
    const decoded d = decode_at(utf8, at);
    at += d.size;
    if (d.character < 0x10000) {
      add_unit(d.character);
    } else {
      add_unit(0xD800 + ((d.character - 0x10000) >> 10));
      add_unit(0xDC00 + ((d.character - 0x10000) & 0x3FF));
    }
  }
  return hash;
}

}  // namespace leat
