#include <leat/state/slab_arena.hpp>

#include <leat/core/assert.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>

namespace leat {
namespace {

/// `bytes` of zeroed memory at a multiple of `align`, straight from the kernel, so that it goes back there when freed.
/// Requires: both are multiples of the page size.
std::byte* map_pages(std::size_t bytes, std::size_t align) {
  void* const at = mmap(nullptr, bytes + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc{};
  auto* const first = static_cast<std::byte*>(at);
  const std::size_t before = (align - reinterpret_cast<std::uintptr_t>(at) % align) % align;
  if (before > 0) munmap(first, before);
  if (before < align) munmap(first + before + bytes, align - before);
  madvise(first + before, bytes, MADV_HUGEPAGE);  // advice only; without it everything works, slower
  return first + before;
}

}  // namespace

slab_arena::~slab_arena() {
  for (auto& [size, c] : classes_)
    for (auto& [slab, used] : c.slabs) munmap(slab, slab_bytes);
}

std::size_t slab_arena::block_size(std::size_t bytes) {
  std::size_t size = 1024;
  while (size < bytes) size *= 2;
  return size;
}

std::size_t slab_arena::whole_slabs(std::size_t bytes) { return (bytes + slab_bytes - 1) / slab_bytes * slab_bytes; }

std::byte* slab_arena::allocate(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes > slab_bytes / 2) return map_pages(whole_slabs(bytes), slab_bytes);
  const std::size_t size = block_size(bytes);
  slab_class& c = classes_[size];
  if (c.free.empty()) {
    std::byte* const slab = map_pages(slab_bytes, slab_bytes);
    c.slabs.emplace(slab, 0);
    for (std::size_t at = slab_bytes; at > 0; at -= size) c.free.push_back(slab + at - size);
  }
  std::byte* at = c.free.back();
  c.free.pop_back();
  ++std::prev(c.slabs.upper_bound(at))->second;
  std::memset(at, 0, bytes);
  return at;
}

void slab_arena::release(std::byte* at, std::size_t bytes) {
  bytes_ -= bytes;
  if (bytes > slab_bytes / 2) {
    munmap(at, whole_slabs(bytes));
    return;
  }
  slab_class& c = classes_[block_size(bytes)];
  c.free.push_back(at);
  const auto slab = std::prev(c.slabs.upper_bound(at));
  LEAT_ASSERT(slab->second > 0, "a block was released twice");
  if (--slab->second > 0) return;
  std::erase_if(c.free, [&](std::byte* b) { return b >= slab->first && b < slab->first + slab_bytes; });
  munmap(slab->first, slab_bytes);
  c.slabs.erase(slab);
}

}  // namespace leat
