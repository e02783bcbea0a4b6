#include "progress.hpp"

#include <leat/core/duration.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace leat {

std::uint64_t records_read(const job_report& r) {
  std::uint64_t sum = 0;
  for (const auto& o : r.operators)
    if (o->source) sum += o->records_out.load(std::memory_order_relaxed);
  return sum;
}

std::string short_number(double n) {
  if (n >= 1e6) return fmt::format("{:.1f} M", n / 1e6);
  if (n >= 1e4) return fmt::format("{:.0f} k", n / 1e3);
  return fmt::format("{:.0f}", n);
}

std::string format_time(std::int64_t ms) {
  const std::int64_t seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

namespace {

/// Mean over the sources; empty if one of them has no end.
std::optional<double> share_done(const job_report& r) {
  double sum = 0;
  int count = 0;
  for (const auto& o : r.operators) {
    if (!o->source) continue;
    const double p = o->progress.load(std::memory_order_relaxed);
    if (p < 0) continue;
    sum += p;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional{sum / count};
}

/// The watermark that has passed every operator; empty before the first and at the end of time.
std::optional<std::int64_t> least_watermark(const job_report& r) {
  std::optional<std::int64_t> least;
  for (const auto& o : r.operators) {
    if (o->sink) continue;
    const std::int64_t w = o->watermark_ms.load(std::memory_order_relaxed);
    least = least ? std::min(*least, w) : w;
  }
  if (!least || *least <= -62135596800000 || *least >= 253402300800000) return std::nullopt;
  return least;
}

std::string bar(double share) {
  constexpr int width = 20;
  const int full = std::clamp(static_cast<int>(share * width + 0.5), 0, width);
  return "[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(width - full), '.') + "]";
}

}  // namespace

void progress_line::draw(const job_report& r) {
  if (visible_ == visibility::hidden) return;
  const std::uint64_t records = records_read(r);
  const auto now = time_.monotonic();
  if (at_.count() != 0 && records >= records_) {
    const double seconds = std::chrono::duration<double>(now - at_).count();
    const double rate = seconds > 0 ? static_cast<double>(records - records_) / seconds : 0;
    rate_ = rate_ == 0 ? rate : 0.7 * rate_ + 0.3 * rate;
  }
  records_ = records;
  at_ = now;
  std::string line = name_ + " " + std::string{to_string(r.state)};
  if (const auto share = share_done(r)) line += fmt::format(" {} {:3.0f} %", bar(*share), *share * 100);
  line += fmt::format(" | {} records, {}/s", short_number(static_cast<double>(records)), short_number(rate_));
  if (const auto w = least_watermark(r)) line += " | watermark " + format_time(*w);
  if (r.last_checkpoint)
    line += fmt::format(" | checkpoint {} in {} ms, {:.1f} MB", r.last_checkpoint->id.value(),
                        r.last_checkpoint->taken.count(), static_cast<double>(r.last_checkpoint->bytes_total) / 1e6);
  if (r.restarts > 0) line += fmt::format(" | {} restarts", r.restarts);
  std::fprintf(stderr, "\r\x1b[2K%s", line.c_str());
  std::fflush(stderr);
}

void progress_line::erase() {
  if (visible_ == visibility::hidden) return;
  std::fputs("\r\x1b[2K", stderr);
  std::fflush(stderr);
}

}  // namespace leat
