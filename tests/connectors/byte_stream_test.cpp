#include <leat/connectors/byte_stream.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "compress.hpp"
#include "disk.hpp"

namespace leat::test {
namespace {

std::string sample_text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i) + (i % 7 == 0 ? "\n" : ",");
  text.resize(size);
  return text;
}

result<std::string> read_rest(byte_stream& from, std::size_t chunk) {
  std::string text;
  std::string part(chunk, '\0');
  for (;;) {
    LEAT_TRY(count, from.read(part.data(), part.size()));
    if (count == 0) return text;
    text.append(part, 0, count);
  }
}

TEST_CASE("a compressed file of several parts reads as one stream") {
  const std::string a = sample_text(300'000);
  const std::string b = "the second part\n";
  const struct {
    std::string path, bytes, content;
  } rows[] = {
      {"plain.csv", a + b, a + b},   {"empty.csv", "", ""},
      {"one.csv.gz", gzip(a), a},    {"two.csv.gz", gzip(a) + gzip(b), a + b},
      {"nothing.gz", gzip(""), ""},  {"with-an-empty-member.gz", gzip("") + gzip(b) + gzip("") + gzip(a), b + a},
      {"one.csv.zst", zstd(a), a},   {"two.csv.zst", zstd(a) + zstd(b), a + b},
      {"nothing.zst", zstd(""), ""}, {"with-an-empty-frame.zst", zstd("") + zstd(b) + zstd("") + zstd(a), b + a},
  };
  for (const auto& row : rows) {
    for (const std::size_t chunk : {std::size_t{1000}, std::size_t{1} << 20}) {
      CAPTURE(row.path);
      CAPTURE(chunk);
      disk d;
      d.put(row.path, row.bytes);
      auto stream = open_byte_stream(d.files, row.path).value();
      CHECK(read_rest(*stream, chunk).value() == row.content);
      CHECK(stream->offset() == row.content.size());
      CHECK(stream->progress() == 1.0);
    }
  }
}

TEST_CASE("a seek goes to an offset of the content, forwards and backwards") {
  const std::string text = sample_text(5'000);
  const std::string first = text.substr(0, 2'000);
  const std::string second = text.substr(2'000);
  disk d;
  d.put("a.csv", text);
  d.put("a.csv.gz", gzip(first) + gzip(second));
  d.put("a.csv.zst", zstd(first) + zstd(second));
  for (const std::string path : {"a.csv", "a.csv.gz", "a.csv.zst"}) {
    CAPTURE(path);
    auto stream = open_byte_stream(d.files, path).value();
    for (const std::size_t offset : {0UL, 1UL, 1'999UL, 2'000UL, 2'001UL, 4'999UL, 5'000UL, 3UL, 2'500UL, 0UL}) {
      CAPTURE(offset);
      stream->seek(offset).value();
      CHECK(stream->offset() == offset);
      CHECK(read_rest(*stream, 777).value() == text.substr(offset));
    }
    auto seek = stream->seek(5'001);
    CHECK(failure(seek) == "invalid_argument: " + path +
                               ": ends at byte 5000, so it cannot be read from byte 5001: the file has been cut or "
                               "replaced since that position was stored");
  }
}

TEST_CASE("a compressed file cut off anywhere is corrupt") {
  const std::string text = sample_text(400);
  for (const std::string path : {"cut.gz", "cut.zst"}) {
    const std::string whole = path == "cut.gz" ? gzip(text) + gzip(text) : zstd(text) + zstd(text);
    const std::size_t part = whole.size() / 2;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      if (size == part) continue;  // a file of one part is whole
      CAPTURE(path);
      CAPTURE(size);
      disk d;
      d.put(path, whole.substr(0, size));
      auto stream = open_byte_stream(d.files, path).value();
      const std::string why = failure(read_rest(*stream, 100));
      CHECK(why == "corrupt: " + path + ": cannot be decompressed at byte " + std::to_string(size) +
                       " of the file: the compressed data is cut off");
    }
  }
}

TEST_CASE("a damaged compressed file is corrupt") {
  const std::string text = sample_text(4'000);
  for (const std::string path : {"bad.gz", "bad.zst"}) {
    const std::string whole = path == "bad.gz" ? gzip(text) : zstd(text);
    for (std::size_t at = 0; at < whole.size(); at += 1 + at / 20) {
      // gzip's header has bytes without meaning: time, flags for speed, operating system.
      if (path == "bad.gz" && at >= 4 && at < 10) continue;
      CAPTURE(path);
      CAPTURE(at);
      disk d;
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
      d.put(path, bytes);
      auto stream = open_byte_stream(d.files, path).value();
      auto content = read_rest(*stream, 512);
      // Damage that changes no byte of the content is no damage.
      if (!content) CHECK(failure(content).starts_with("corrupt: " + path + ": cannot be decompressed at byte "));
      if (content) CHECK(*content == text);
    }
  }
  disk d;
  d.put("text.gz", "this is not gzip");
  auto stream = open_byte_stream(d.files, "text.gz").value();
  CHECK(failure(read_rest(*stream, 512)) ==
        "corrupt: text.gz: cannot be decompressed at byte 0 of the file: this is not gzip");
}

TEST_CASE("a missing file is not found") {
  disk d;
  CHECK(open_byte_stream(d.files, "no/such.gz").error().code == errc::not_found);
}

}  // namespace
}  // namespace leat::test
