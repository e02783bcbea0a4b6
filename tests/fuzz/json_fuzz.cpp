// Any bytes as a file of JSON lines: rows are read or passed over, the same rows however the file is divided and however
// often reading restarts; a row that was read is read again from what is written of it. The first byte chooses limits.

#include <leat/connectors/json_files.hpp>
#include <leat/connectors/json_text.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reading.hpp"

namespace {

enum class colour : std::uint8_t { red, green = 200 };

struct item {
  std::string name;
  std::optional<double> price;
  std::vector<std::uint8_t> sizes;
  LEAT_FIELDS(name, price, sizes)
};

struct order {
  std::int64_t id = 0;
  std::uint64_t customer = 0;
  std::vector<item> items;
  leat::event_time at;
  std::optional<item> gift;
  bool paid = false;
  float rate = 0;
  colour paint = colour::red;
  LEAT_FIELDS(id, customer, items, at, gift, paid, rate, paint)
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = data[0];
  leat::test::disk disk;
  disk.put("in.jsonl", {reinterpret_cast<const char*>(data) + 1, size - 1});
  const auto source = [&](std::uint64_t split_size) {
    leat::json_files<order> files{"in.jsonl"};
    files.split_size(split_size).row_size_max((choice & 4) != 0 ? 40 : 1 << 20);
    if ((choice & 8) == 0) files.skip_malformed();
    return files;
  };
  const auto text = [](const order& o) {
    std::string row;
    leat::formats::append_json(row, o);
    return row;
  };
  const std::uint64_t small = 5 + (choice >> 4);
  const std::uint64_t large = size > 2 * small ? size / 2 : small;
  const auto context = disk.context();
  const auto read =
      leat::fuzz::check_reading<order>(source(std::uint64_t{1} << 30), source(small), source(large), context, text);

  std::string written;
  for (const auto& row : read.rows) written += row + '\n';
  disk.put("out.jsonl", written);
  const auto copy = leat::fuzz::read_rows<order>(leat::json_files<order>{"out.jsonl"}, context, 64, false, text);
  leat::fuzz::check(!copy.failed && copy.rows == read.rows, "what was written is read back as it was");
  return 0;
}
