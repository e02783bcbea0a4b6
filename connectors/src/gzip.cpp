#include "decompressor.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace leat::formats {
namespace {

constexpr std::string_view not_gzip = "incorrect header check";  // zlib's words

class gzip_decompressor final : public decompressor {
 public:
  gzip_decompressor() {
    constexpr int gzip_only = 16;
    const int status = inflateInit2(&stream_, MAX_WBITS + gzip_only);
    LEAT_ASSERT(status == Z_OK, "zlib does not start");
  }
  ~gzip_decompressor() override { inflateEnd(&stream_); }
  gzip_decompressor(const gzip_decompressor&) = delete;
  gzip_decompressor& operator=(const gzip_decompressor&) = delete;

  result<step> run(std::string_view from, char* to, std::size_t size) override {
    if (complete_ && !from.empty()) restart();
    const auto in = static_cast<uInt>(std::min<std::size_t>(from.size(), std::numeric_limits<uInt>::max()));
    const auto out = static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));  // zlib does not write there
    stream_.avail_in = in;
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = out;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    complete_ = status == Z_STREAM_END;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return error{errc::corrupt, stream_.msg == nullptr || stream_.msg == not_gzip ? "this is not gzip" : stream_.msg};
    return step{in - stream_.avail_in, out - stream_.avail_out, complete_};
  }

  void restart() override {
    inflateReset(&stream_);
    complete_ = false;
  }

 private:
  z_stream stream_{};
  bool complete_ = false;
};

}  // namespace

std::unique_ptr<decompressor> make_gzip_decompressor() { return std::make_unique<gzip_decompressor>(); }

}  // namespace leat::formats
