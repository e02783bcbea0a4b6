#include "decompressor.hpp"

#include <zstd.h>
#include <zstd_errors.h>

namespace leat::formats {
namespace {

class zstd_decompressor final : public decompressor {
 public:
  zstd_decompressor() : stream_(ZSTD_createDStream()) { LEAT_ASSERT(stream_ != nullptr, "zstd does not start"); }
  ~zstd_decompressor() override { ZSTD_freeDStream(stream_); }
  zstd_decompressor(const zstd_decompressor&) = delete;
  zstd_decompressor& operator=(const zstd_decompressor&) = delete;

  result<step> run(std::string_view from, char* to, std::size_t size) override {
    ZSTD_inBuffer in{from.data(), from.size(), 0};
    ZSTD_outBuffer out{to, size, 0};
    const std::size_t status = ZSTD_decompressStream(stream_, &out, &in);
    if (ZSTD_getErrorCode(status) == ZSTD_error_prefix_unknown) return error{errc::corrupt, "this is not zstd"};
    if (ZSTD_isError(status) != 0) return error{errc::corrupt, ZSTD_getErrorName(status)};
    return step{in.pos, out.pos, status == 0};
  }

  void restart() override { ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only); }

 private:
  ZSTD_DStream* stream_;
};

}  // namespace

std::unique_ptr<decompressor> make_zstd_decompressor() { return std::make_unique<zstd_decompressor>(); }

}  // namespace leat::formats
