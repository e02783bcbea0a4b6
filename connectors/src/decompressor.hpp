#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <leat/core/result.hpp>

namespace leat::formats {

/// Turns compressed bytes into content, piece by piece.
class decompressor {
 public:
  virtual ~decompressor() = default;

  struct step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool complete = false;  ///< a member or frame is at its end; the bytes that follow, if any, begin another
  };

  /// Takes in some of `from` and writes up to `size` bytes of content. Progress is certain unless `from` is empty and
  /// nothing is left inside.   Errors: corrupt, without the file's name.
  virtual result<step> run(std::string_view from, char* to, std::size_t size) = 0;
  /// Starts over with a new file.
  virtual void restart() = 0;
};

std::unique_ptr<decompressor> make_gzip_decompressor();
std::unique_ptr<decompressor> make_zstd_decompressor();

}  // namespace leat::formats
