// Any bytes as a CSV file: rows are read or passed over, the same rows however the file is divided and however often
// reading restarts; a row that was read is read again from what is written of it. The first byte chooses the format.

#include <leat/connectors/csv_files.hpp>
#include <leat/connectors/csv_sink.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reading.hpp"

namespace {

struct payment {
  std::int32_t id = 0;
  std::string name;
  std::optional<double> amount;
  leat::event_time at;
  std::optional<std::string> note;
  bool good = false;
  float rate = 0;
  LEAT_FIELDS(id, name, amount, at, note, good, rate)
};

/// A row as a sink writes it.
std::string text_of(const payment& p, char delimiter) {
  std::string row;
  leat::formats::cell_format format;
  format.delimiter = delimiter;
  format.times = p.id % 2 == 0 ? leat::formats::cell_format::time_text::iso : leat::formats::cell_format::time_text::ms;
  leat::for_each_field(p, [&](const char*, const auto& value) {
    if (!row.empty() || &value == static_cast<const void*>(&p.name)) row += delimiter;
    leat::formats::append_cell(row, value, format);
  });
  return row;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = data[0];
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const char delimiter = (choice & 1) != 0 ? ';' : ',';
  const bool header = (choice & 2) != 0;

  leat::test::disk disk;
  disk.put("in.csv", bytes);
  const auto source = [&](std::uint64_t split_size) {
    leat::csv_files<payment> files{"in.csv"};
    files.delimiter(delimiter).split_size(split_size).row_size_max((choice & 4) != 0 ? 40 : 1 << 20);
    if (!header) files.without_header();
    if ((choice & 8) == 0) files.skip_malformed();
    return files;
  };
  // Not as small as to be one row a range in most inputs, and both smaller than any file that is divided by either.
  const std::uint64_t small = 5 + (choice >> 4);
  const std::uint64_t large = size > 2 * small ? size / 2 : small;
  const auto text = [delimiter](const payment& p) { return text_of(p, delimiter); };
  const auto context = disk.context();
  const auto read =
      leat::fuzz::check_reading<payment>(source(std::uint64_t{1} << 30), source(small), source(large), context, text);

  std::string written;
  for (const auto& row : read.rows) written += row + '\n';
  disk.put("out.csv", written);
  auto again = leat::csv_files<payment>{"out.csv"};
  again.without_header().delimiter(delimiter);
  const auto copy = leat::fuzz::read_rows<payment>(again, context, 64, false, text);
  leat::fuzz::check(!copy.failed && copy.rows == read.rows, "what was written is read back as it was");
  return 0;
}
