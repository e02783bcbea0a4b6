#include <leat/connectors/byte_stream.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decompressor.hpp"

namespace leat {
namespace {

error too_short(const std::string& path, std::uint64_t end, std::uint64_t offset) {
  return error{errc::invalid_argument,
               fmt::format("{}: ends at byte {}, so it cannot be read from byte {}: the file has been cut or replaced "
                           "since that position was stored",
                           path, end, offset)};
}

class plain_stream final : public byte_stream {
 public:
  plain_stream(file_system& files, std::string path, std::unique_ptr<readable_file> file, std::uint64_t size)
      : files_(&files), path_(std::move(path)), file_(std::move(file)), size_(size) {}

  result<std::size_t> read(char* to, std::size_t size) override {
    LEAT_TRY(count, file_->read(offset_, to, size));
    offset_ += count;
    return count;
  }

  [[nodiscard]] std::uint64_t offset() const override { return offset_; }

  result<void> seek(std::uint64_t offset) override {
    LEAT_TRY(size, files_->size(path_));
    if (offset > size) return too_short(path_, size, offset);
    offset_ = offset;
    return {};
  }

  [[nodiscard]] double progress() const override {
    return size_ == 0 ? 1.0 : std::min(1.0, static_cast<double>(offset_) / static_cast<double>(size_));
  }

 private:
  file_system* files_;
  std::string path_;
  std::unique_ptr<readable_file> file_;
  std::uint64_t size_;
  std::uint64_t offset_ = 0;
};

class compressed_stream final : public byte_stream {
 public:
  compressed_stream(std::string path, std::unique_ptr<readable_file> file, std::uint64_t size,
                    std::unique_ptr<formats::decompressor> codec)
      : path_(std::move(path)), file_(std::move(file)), size_(size), codec_(std::move(codec)) {}

  result<std::size_t> read(char* to, std::size_t size) override {
    if (size == 0) return std::size_t{0};
    for (;;) {
      if (input_.empty()) LEAT_CHECK(refill());
      if (input_.empty() && complete_) return std::size_t{0};
      auto step = codec_->run(input_, to, size);
      if (!step) return corrupt(step.error().detail);
      if (input_.empty() && step->produced == 0 && !step->complete) return corrupt("the compressed data is cut off");
      input_.remove_prefix(step->consumed);
      complete_ = step->complete;
      offset_ += step->produced;
      if (step->produced > 0) return step->produced;
    }
  }

  [[nodiscard]] std::uint64_t offset() const override { return offset_; }

  result<void> seek(std::uint64_t offset) override {
    if (offset < offset_) {
      codec_->restart();
      input_ = {};
      file_offset_ = offset_ = 0;
      complete_ = false;
    }
    const auto scratch = std::make_unique_for_overwrite<char[]>(chunk_bytes);
    while (offset_ < offset) {
      LEAT_TRY(count, read(scratch.get(), std::min<std::uint64_t>(chunk_bytes, offset - offset_)));
      if (count == 0) return too_short(path_, offset_, offset);
    }
    return {};
  }

  [[nodiscard]] double progress() const override {
    return size_ == 0 ? 1.0 : std::min(1.0, static_cast<double>(taken()) / static_cast<double>(size_));
  }

 private:
  static constexpr std::size_t chunk_bytes = std::size_t{128} << 10;  // ZSTD_DStreamInSize

  [[nodiscard]] std::uint64_t taken() const { return file_offset_ - input_.size(); }

  result<void> refill() {
    LEAT_TRY(count, file_->read(file_offset_, buffer_.get(), chunk_bytes));
    file_offset_ += count;
    input_ = {buffer_.get(), count};
    return {};
  }

  [[nodiscard]] error corrupt(std::string_view why) const {
    return error{errc::corrupt,
                 fmt::format("{}: cannot be decompressed at byte {} of the file: {}", path_, taken(), why)};
  }

  std::string path_;
  std::unique_ptr<readable_file> file_;
  std::uint64_t size_;
  std::unique_ptr<formats::decompressor> codec_;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(chunk_bytes);
  std::string_view input_;         ///< read from the file, not yet taken by the codec
  std::uint64_t file_offset_ = 0;  ///< in the file, after input_
  std::uint64_t offset_ = 0;       ///< in the content
  bool complete_ = false;          ///< nothing is open inside the codec
};

}  // namespace

compression compression_of(std::string_view path) {
  if (path.ends_with(".gz")) return compression::gzip;
  return path.ends_with(".zst") ? compression::zstd : compression::none;
}

result<std::unique_ptr<byte_stream>> open_byte_stream(file_system& files, const std::string& path) {
  LEAT_TRY(file, files.open(path));
  LEAT_TRY(size, files.size(path));
  const auto kind = compression_of(path);
  if (kind == compression::none)
    return std::unique_ptr<byte_stream>(std::make_unique<plain_stream>(files, path, std::move(file), size));
  auto codec = kind == compression::gzip ? formats::make_gzip_decompressor() : formats::make_zstd_decompressor();
  return std::unique_ptr<byte_stream>(
      std::make_unique<compressed_stream>(path, std::move(file), size, std::move(codec)));
}

}  // namespace leat
