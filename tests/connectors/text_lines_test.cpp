#include <leat/connectors/text_lines.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "compress.hpp"
#include "disk.hpp"

namespace leat::test {
namespace {

std::vector<std::string> texts(const std::vector<line>& lines) {
  std::vector<std::string> all;
  for (const auto& l : lines) all.push_back(l.text);
  return all;
}

TEST_CASE("text: every line, empty ones included, whatever the division") {
  const std::string text = "\xEF\xBB\xBFto be\r\n\nor \"not\n to be\r\r\n\n\nlast";
  const std::vector<std::string> want{"to be", "", "or \"not", " to be\r", "", "", "last"};
  disk d;
  d.put("in/hamlet", text);
  CHECK(texts(read_all(text_lines("in/hamlet"), d.context()).value()) == want);
  CHECK(texts(read_with_restarts(text_lines("in/hamlet"), {"in/hamlet"}, d.context())) == want);
  for (std::uint64_t size = 1; size <= text.size(); ++size) {
    CAPTURE(size);
    CHECK(texts(read_all(text_lines("in").split_size(size), d.context()).value()) == want);
  }
  d.put("in/hamlet.txt.gz", gzip(text));
  d.put("in/.hidden", text);
  CHECK(read_all(text_lines("in"), d.context()).value().size() == 14);
}

TEST_CASE("text: a line over the limit") {
  disk d;
  d.put("a", "short\n" + std::string(1'000'000, 'x') + "\nend\n");
  CHECK(failure(read_all(text_lines("a").row_size_max(10), d.context())) ==
        "invalid_argument: a:2: the row is longer than 10 bytes");
  const auto lenient = text_lines("a").row_size_max(10).skip_malformed();
  CHECK(texts(read_all(lenient, d.context()).value()) == std::vector<std::string>{"short", "end"});
  CHECK(texts(read_with_restarts(lenient, {"a"}, d.context())) == std::vector<std::string>{"short", "end"});
}

}  // namespace
}  // namespace leat::test
