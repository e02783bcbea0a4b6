#include <leat/state/state_layout.hpp>

#include <algorithm>
#include <bit>

#include <leat/core/assert.hpp>
#include <leat/state/keyed_table.hpp>

namespace leat {

state_layout::state_layout(std::size_t key_size, std::size_t key_align, const state_operations& key_operations,
                           schema key_type)
    : key_{"key", "", sizeof(slot_header), key_size, &key_operations, std::move(key_type)},
      end_(sizeof(slot_header) + key_size) {
  LEAT_ASSERT(key_align <= alignof(slot_header), "keys of more than 8 bytes alignment are not supported");
}

std::uint32_t state_layout::add(state_column column, std::size_t align) {
  LEAT_ASSERT(columns_.size() < columns_max, "an operator may have at most 24 states");
  LEAT_ASSERT(align <= 16, "states of more than 16 bytes alignment are not supported");
  for (const auto& c : columns_)
    LEAT_ASSERT(c.name != column.name, "two states of one operator have the name '" + column.name + "'");
  align_ = std::max(align_, align);
  column.offset = (end_ + align - 1) / align * align;
  end_ = column.offset + column.size;
  columns_.push_back(std::move(column));
  return static_cast<std::uint32_t>(columns_.size() - 1);
}

std::size_t state_layout::stride() const {
  const std::size_t packed = (end_ + align_ - 1) / align_ * align_;
  if (packed <= 32) return std::bit_ceil(packed);
  return packed > 48 && packed <= 64 ? 64 : packed;
}

}  // namespace leat
