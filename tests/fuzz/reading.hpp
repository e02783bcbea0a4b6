#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../connectors/disk.hpp"
#include "check.hpp"

namespace leat::fuzz {

/// Rows as text, so that not-a-number equals itself, and the number of rows passed over. Nothing if reading failed, since
/// how many rows came before depends on the batch.
struct rows_read {
  std::vector<std::string> rows;
  std::uint64_t skipped = 0;
  bool failed = false;
  bool operator==(const rows_read&) const = default;
};

/// Reads a source's splits one after the other, in batches of `capacity`; with `restarts`, each batch by a new reader
/// from the position of the one before.
template <class T, class Text>
rows_read read_rows(const source_connector<T>& source, const connector_context& context, std::size_t capacity,
                    bool restarts, Text text) {
  rows_read all;
  batch<T> records(capacity);
  const auto splits = source.splits(context);
  check(splits.has_value(), "the splits of a file that is there are known");
  for (const auto& split : *splits) {
    auto reader = source.open(split, {}, context);
    if (!reader) return {{}, 0, true};
    for (;;) {
      records.clear();
      const auto said = (*reader)->read(records);
      if (!said) return {{}, 0, true};
      for (std::size_t i = 0; i < records.size(); ++i) all.rows.push_back(text(records.values()[i]));
      if (said->next == read_result::state::finished) break;
      if (!restarts) continue;
      reader = source.open(split, (*reader)->position(), context);
      check(reader.has_value(), "a reader's own position can be gone back to");
    }
    all.skipped += (*reader)->skipped();
  }
  return all;
}

/// The laws of all readers of files, for sources over the same file: `whole` reads it at once, `parted` and
/// `parted_otherwise` in ranges. Returns the rows of `whole`.
template <class T, class Text>
rows_read check_reading(const source_connector<T>& whole, const source_connector<T>& parted,
                        const source_connector<T>& parted_otherwise, const connector_context& context, Text text) {
  rows_read rows = read_rows(whole, context, 64, false, text);
  check(read_rows(whole, context, 1, true, text) == rows, "restarts after each row change nothing");
  const rows_read ranges = read_rows(parted, context, 64, false, text);
  check(read_rows(parted_otherwise, context, 3, true, text).rows == ranges.rows,
        "where a file is divided changes nothing");
  return rows;
}

}  // namespace leat::fuzz
