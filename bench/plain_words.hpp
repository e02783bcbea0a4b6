#pragma once

#include <xxhash.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// The bare table for words: open addressing with linear probing, whole hashes beside the words, so that a comparison
/// of text is hardly ever in vain. Faster here than absl::flat_hash_map (see words.cpp).
class plain_words {
 public:
  explicit plain_words(std::size_t words) : entries_(std::bit_ceil(words * 4)), mask_(entries_.size() - 1) {}

  /// The word's count, to be changed.
  std::uint64_t& operator[](std::string_view word) {
    const std::uint64_t hash = XXH3_64bits(word.data(), word.size()) | 1;
    for (std::size_t i = hash >> 8 & mask_;; i = (i + 1) & mask_) {
      entry& e = entries_[i];
      if (e.hash == hash && e.word == word) [[likely]]
        return e.count;
      if (e.hash == 0) {
        e.hash = hash;
        e.word = word;
        return e.count;
      }
    }
  }

 private:
  struct entry {
    std::uint64_t hash = 0;  ///< 0: free
    std::uint64_t count = 0;
    std::string word;
  };
  std::vector<entry> entries_;
  std::size_t mask_;
};

}  // namespace bench
