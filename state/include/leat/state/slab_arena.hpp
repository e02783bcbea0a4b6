#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace leat {

/// Memory for table segments on huge pages: blocks up to 1 MiB are cut from 2 MiB slabs, larger ones are slabs of
/// their own. At 1 M keys and more, ordinary 4 KiB pages would cost a page-table walk for nearly every lookup.
/// Threading: one subtask.
class slab_arena {
 public:
  slab_arena() = default;
  ~slab_arena();
  slab_arena(const slab_arena&) = delete;
  slab_arena& operator=(const slab_arena&) = delete;

  /// Zeroed memory, aligned to 64 bytes at least.
  [[nodiscard]] std::byte* allocate(std::size_t bytes);
  /// Requires: `at` came from allocate(bytes) of this arena.
  void release(std::byte* at, std::size_t bytes);
  /// Memory handed out now.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t slab_bytes = std::size_t{2} << 20;

  struct slab_class {
    std::vector<std::byte*> free;
    std::map<std::byte*, std::size_t> slabs;  ///< slab → blocks of it in use
  };
  static std::size_t block_size(std::size_t bytes);
  static std::size_t whole_slabs(std::size_t bytes);

  std::map<std::size_t, slab_class> classes_;
  std::size_t bytes_ = 0;
};

}  // namespace leat
