#include "text_split.hpp"

#include <fmt/format.h>

#include <leat/core/codec.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace leat::formats {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10;
constexpr std::size_t buffer_min_bytes = std::size_t{4} << 10;
constexpr std::size_t shown_of_overlong_bytes = 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// How many lines end before `offset` of a plain file. Costs a read of that much, so only failing rows ask.
result<std::uint64_t> lines_before(file_system& files, const std::string& path, std::uint64_t offset) {
  LEAT_TRY(stream, open_byte_stream(files, path));
  const auto chunk = std::make_unique_for_overwrite<char[]>(buffer_bytes);
  std::uint64_t lines = 0;
  while (stream->offset() < offset) {
    LEAT_TRY(count, stream->read(chunk.get(), std::min<std::uint64_t>(buffer_bytes, offset - stream->offset())));
    if (count == 0) break;
    lines += static_cast<std::uint64_t>(std::count(chunk.get(), chunk.get() + count, '\n'));
  }
  return lines;
}

}  // namespace

text_split::text_split(file_range range, const connector_context& context, const file_source_options& options)
    : range_(std::move(range)),
      files_(context.files),
      malformed_(options.malformed),
      row_size_max_(options.row_size_max_bytes) {}

result<void> text_split::begin(std::string_view position, place first_row) {
  LEAT_TRY(stream, open_byte_stream(*files_, range_.path));
  LEAT_TRY(size, files_->size(range_.path));
  stream_ = std::move(stream);
  file_size_ = size;
  // Small files, of which there may be thousands, get small buffers; compressed ones room for four times their size.
  capacity_ = std::clamp<std::uint64_t>(size, buffer_min_bytes / 4, buffer_bytes / 4) * 4;
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  row_ = end_ = buffer_.get();
  LEAT_CHECK(position.empty() ? go_to_first_row(first_row) : restore(position));
  if (malformed_.what == malformed_policy::action::dead_letter)
    dead_letters_.emplace(*files_, malformed_.directory, range_.id(), offset());
  return {};
}

result<void> text_split::go_to_first_row(place first_row) {
  if (range_.begin == 0) {
    LEAT_CHECK(skip_byte_order_mark());
  } else {
    // From one byte earlier: a row that begins exactly at range_.begin is ours.
    LEAT_CHECK(seek(range_.begin - 1));
    LEAT_CHECK(drop_line());
  }
  if (offset() < first_row.offset) LEAT_CHECK(seek(first_row.offset));
  line_ = range_.begin == 0 ? first_row.line : 1;
  return {};
}

result<void> text_split::skip_byte_order_mark() {
  while (!at_end_ && static_cast<std::size_t>(end_ - row_) < byte_order_mark.size()) LEAT_CHECK(fill());
  if (std::string_view(row_, static_cast<std::size_t>(end_ - row_)).starts_with(byte_order_mark))
    row_ += byte_order_mark.size();
  return {};
}

result<void> text_split::restore(std::string_view position) {
  constexpr auto any = std::numeric_limits<std::uint64_t>::max();
  decoder d(position);
  const std::size_t parts = d.take_array();
  const std::uint64_t offset = d.take_unsigned(any);
  line_ = d.take_unsigned(any);
  rows_ = d.take_unsigned(any);
  skipped_ = d.take_unsigned(any);
  if (d.failed() || parts != 4 || !d.at_end() || offset < range_.begin)
    return error{errc::incompatible, fmt::format("{}: what is stored as the position is not one of a file source{}{}",
                                                 range_.id(), d.failed() ? ": " : "", d.failure())};
  return seek(offset);
}

std::string text_split::position() const {
  encoder e;
  e.put_array(4);
  e.put_unsigned(offset());
  e.put_unsigned(line_);
  e.put_unsigned(rows_);
  e.put_unsigned(skipped_);
  return e.take();
}

std::optional<double> text_split::progress() const {
  if (compression_of(range_.path) != compression::none) return stream_->progress();
  const std::uint64_t end = std::min(range_.end, file_size_);
  if (offset() >= end) return 1.0;
  return static_cast<double>(offset() - range_.begin) / static_cast<double>(end - range_.begin);
}

text_split::found text_split::find_line_beyond(std::size_t from, text_line& line) {
  for (;;) {
    const auto available = static_cast<std::size_t>(end_ - row_);
    if (at_end_) {
      if (available <= from) return found::end;
      line.content = line.next = available;
      return trim(from, line);
    }
    if (available > row_size_max_) return found::too_long;
    if (auto filled = fill(); !filled) {
      fail(std::move(filled).error());
      return found::failed;
    }
    const std::size_t fresh = std::max(from, available);
    const auto now = static_cast<std::size_t>(end_ - row_);
    const void* lf = fresh < now ? std::memchr(row_ + fresh, '\n', now - fresh) : nullptr;
    if (lf != nullptr) return set_line(static_cast<const char*>(lf), from, line);
  }
}

result<void> text_split::fill() {
  const auto held = static_cast<std::size_t>(end_ - row_);
  if (held + padding_bytes >= capacity_) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_ * 2);
    std::memcpy(larger.get(), row_, held);
    buffer_ = std::move(larger);
    capacity_ *= 2;
  } else {
    std::memmove(buffer_.get(), row_, held);
  }
  row_ = buffer_.get();
  end_ = row_ + held;
  LEAT_TRY(count, stream_->read(end_, capacity_ - padding_bytes - held));
  end_ += count;
  end_offset_ += count;
  at_end_ = count == 0;
  return {};
}

result<void> text_split::seek(std::uint64_t offset) {
  LEAT_CHECK(stream_->seek(offset));
  row_ = end_ = buffer_.get();
  end_offset_ = offset;
  at_end_ = false;
  return {};
}

result<void> text_split::drop_line() {
  ++line_;
  for (;;) {
    const void* lf = row_ == end_ ? nullptr : std::memchr(row_, '\n', static_cast<std::size_t>(end_ - row_));
    row_ = lf == nullptr ? end_ : const_cast<char*>(static_cast<const char*>(lf)) + 1;
    if (lf != nullptr || at_end_) return {};
    LEAT_CHECK(fill());
  }
}

row_step text_split::reject(std::string_view reason) {
  const auto size = static_cast<std::size_t>(row_ - taken_);
  const std::string_view raw(taken_, size);
  const std::string_view text = raw.substr(0, raw.find_last_not_of("\r\n") + 1);
  const std::uint64_t first_line = line_ - taken_lines_;
  if (reject_row({range_.path, offset() - size, first_line, reason, text})) return row_step::rejected;
  row_ -= size;
  line_ = first_line;
  --rows_;
  return row_step::failed;
}

row_step text_split::reject_overlong() {
  const auto available = static_cast<std::size_t>(end_ - row_);
  const std::string reason = fmt::format("the row is longer than {} bytes", row_size_max_);
  if (!reject_row({range_.path, offset(), line_, reason, {row_, std::min(available, shown_of_overlong_bytes)}}))
    return row_step::failed;
  ++rows_;
  auto dropped = drop_line();
  if (dropped) return row_step::rejected;
  fail(std::move(dropped).error());
  return row_step::failed;
}

bool text_split::reject_row(const dead_letter& row) {
  if (malformed_.what == malformed_policy::action::fail) return fail_at(row);
  ++skipped_;
  if (!dead_letters_) return true;
  dead_letter letter = row;
  if (range_.begin != 0) letter.line.reset();
  auto added = dead_letters_->add(letter);
  if (!added) fail(std::move(added).error());
  return added.has_value();
}

bool text_split::fail_at(const dead_letter& row) {
  std::uint64_t line = *row.line;
  if (range_.begin != 0) {
    auto before = lines_before(*files_, range_.path, row.offset);
    if (!before) return fail(std::move(before).error()), false;
    line = *before + 1;
  }
  fail(error{errc::invalid_argument, fmt::format("{}:{}: {}", range_.path, line, row.reason)});
  return false;
}

leat::error text_split::take_error() {
  LEAT_ASSERT(error_.has_value(), "no row has failed");
  return *std::exchange(error_, std::nullopt);
}

result<void> text_split::flush() { return dead_letters_ ? dead_letters_->sync() : result<void>{}; }

}  // namespace leat::formats
