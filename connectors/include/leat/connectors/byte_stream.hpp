#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <leat/core/file_system.hpp>
#include <leat/core/result.hpp>

namespace leat {

enum class compression : std::uint8_t { none, gzip, zstd };

/// By the end of the name: ".gz" is gzip, ".zst" is zstd, everything else is plain.
[[nodiscard]] compression compression_of(std::string_view path);

/// A file's content as one stream of bytes, decompressed on the way. A compressed file may hold several gzip members
/// or zstd frames one after the other; they count as one content.
/// Threading: one thread.   Ownership: borrows the file system.
class byte_stream {
 public:
  virtual ~byte_stream() = default;

  /// Reads up to `size` bytes; 0 only at the end of the content, fewer than `size` anywhere.
  /// Errors: io; corrupt for damaged or cut-off compressed bytes, naming the file and the offset in it.
  virtual result<std::size_t> read(char* to, std::size_t size) = 0;

  /// Where the next read begins, in bytes of content.
  [[nodiscard]] virtual std::uint64_t offset() const = 0;

  /// Makes the next read begin at `offset`; the end of the content is a legal place.
  /// Cost: nothing for plain files; compressed ones are decompressed up to there, from the beginning when going back.
  /// Errors: invalid_argument if the content ends before `offset`.
  virtual result<void> seek(std::uint64_t offset) = 0;

  /// Share of the file's (compressed) bytes that were taken in, 0 to 1.
  [[nodiscard]] virtual double progress() const = 0;
};

/// Opens a file at its beginning. Errors: not_found, io.
result<std::unique_ptr<byte_stream>> open_byte_stream(file_system& files, const std::string& path);

}  // namespace leat
