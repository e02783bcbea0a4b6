#include <leat/state/slab_arena.hpp>

#include <leat/core/assert.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>

namespace leat {
namespace {

std::byte* allocate_pages(std::size_t bytes, std::size_t align) {
  void* at = std::aligned_alloc(align, bytes);
  if (at == nullptr) throw std::bad_alloc{};
  madvise(at, bytes, MADV_HUGEPAGE);  // advice only; without it everything works, slower
  return static_cast<std::byte*>(at);
}

}  // namespace

slab_arena::~slab_arena() {
  for (auto& [size, c] : classes_)
    for (auto& [slab, used] : c.slabs) std::free(slab);
  for (std::byte* slab : spare_) std::free(slab);
}

std::size_t slab_arena::block_size(std::size_t bytes) {
  std::size_t size = 1024;
  while (size < bytes) size *= 2;
  return size;
}

std::byte* slab_arena::allocate(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes > slab_bytes / 2) {
    std::byte* at = allocate_pages((bytes + slab_bytes - 1) / slab_bytes * slab_bytes, slab_bytes);
    std::memset(at, 0, bytes);
    return at;
  }
  const std::size_t size = block_size(bytes);
  slab_class& c = classes_[size];
  if (c.free.empty()) {
    std::byte* slab = nullptr;
    if (spare_.empty()) {
      slab = allocate_pages(slab_bytes, slab_bytes);
    } else {
      slab = spare_.back();
      spare_.pop_back();
    }
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
  if (bytes > slab_bytes / 2) return std::free(at);
  slab_class& c = classes_[block_size(bytes)];
  c.free.push_back(at);
  const auto slab = std::prev(c.slabs.upper_bound(at));
  LEAT_ASSERT(slab->second > 0, "a block was released twice");
  if (--slab->second > 0) return;
  std::erase_if(c.free, [&](std::byte* b) { return b >= slab->first && b < slab->first + slab_bytes; });
  spare_.push_back(slab->first);
  c.slabs.erase(slab);
}

}  // namespace leat
