#include <leat/connectors/cell.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace leat::formats {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class T>
bool parse_whole(std::string_view text, T& to) {
  text = without_blanks(text);
  const char* const end = text.data() + text.size();
  const auto [stop, why] = std::from_chars(text.data(), end, to);
  return why == std::errc{} && stop == end && !text.empty();
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar, and back.
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil and civil_from_days.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

struct civil_day {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

civil_day civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

unsigned days_in_month(unsigned year, unsigned month) {
  constexpr std::array<unsigned, 13> days{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month];
}

/// Reads fixed-width parts of a text from left to right; after a mismatch it stays failed.
class part_reader {
 public:
  explicit part_reader(std::string_view text) : rest_(text) {}

  unsigned digits(std::size_t count) {
    unsigned v = 0;
    if (rest_.size() < count) failed_ = true;
    for (std::size_t i = 0; i < count && !failed_; ++i) {
      const auto digit = static_cast<unsigned>(rest_[i] - '0');
      failed_ = digit > 9;
      v = v * 10 + digit;
    }
    if (!failed_) rest_.remove_prefix(count);
    return v;
  }
  bool accept(std::string_view any_of) {
    if (failed_ || rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view any_of) { failed_ |= !accept(any_of); }
  void require(bool holds) { failed_ |= !holds; }
  [[nodiscard]] bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
  [[nodiscard]] bool next_is_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

/// The digits after a decimal point, one to nine of them, in whole milliseconds.
unsigned fraction_ms(part_reader& in) {
  unsigned ms = in.digits(1) * 100;
  for (unsigned place = 1; place < 9 && in.next_is_digit(); ++place) {
    const unsigned digit = in.digits(1);
    if (place == 1) ms += digit * 10;
    if (place == 2) ms += digit;
  }
  return ms;
}

/// What the clocks of a zone show in front of UTC: Z, nothing, or a sign and hh, hh:mm or hhmm.
std::int64_t offset_ms(part_reader& in) {
  const bool behind = in.next_is('-');
  if (!in.accept("+-")) return in.accept("Z"), 0;
  const unsigned hours = in.digits(2);
  const unsigned minutes = in.accept(":") || in.next_is_digit() ? in.digits(2) : 0;
  in.require(hours <= 23 && minutes <= 59);
  const std::int64_t ms = (hours * 60 + minutes) * 60'000LL;
  return behind ? -ms : ms;
}

bool parse_iso_time(std::string_view text, std::int64_t& ms) {
  part_reader in(text);
  const unsigned year = in.digits(4);
  in.expect("-");
  const unsigned month = in.digits(2);
  in.expect("-");
  const unsigned day = in.digits(2);
  in.expect("T ");
  const unsigned hour = in.digits(2);
  in.expect(":");
  const unsigned minute = in.digits(2);
  in.expect(":");
  const unsigned second = in.digits(2);
  const unsigned fraction = in.accept(".") ? fraction_ms(in) : 0;
  const std::int64_t offset = offset_ms(in);
  if (!in.done() || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  ms = days_from_civil(year, month, day) * ms_per_day + (hour * 60 + minute) * 60'000LL + second * 1000LL + fraction -
       offset;
  return true;
}

template <class T, class... Format>
void append_number(std::string& to, T v, Format... format) {
  std::array<char, 512> text;  // 309 digits before the point, at most 128 after it
  const auto written = std::to_chars(text.data(), text.data() + text.size(), v, format...);
  LEAT_ASSERT(written.ec == std::errc{}, "a number that needs more than 512 characters");
  to.append(text.data(), written.ptr);
}

template <class T>
void append_any_real(std::string& to, T v, std::optional<int> decimals) {
  decimals ? append_number(to, v, std::chars_format::fixed, *decimals) : append_number(to, v);
}

}  // namespace

bool parse_integer(std::string_view text, std::int64_t lowest, std::int64_t highest, std::int64_t& to) {
  return parse_whole(text, to) && lowest <= to && to <= highest;
}
bool parse_integer(std::string_view text, std::uint64_t highest, std::uint64_t& to) {
  return parse_whole(text, to) && to <= highest;
}
bool parse_real(std::string_view text, double& to) { return parse_whole(text, to); }
bool parse_real(std::string_view text, float& to) { return parse_whole(text, to); }

bool parse_bool(std::string_view text, bool& to) {
  text = without_blanks(text);
  to = text == "1" || text == "true";
  return to || text == "0" || text == "false";
}

bool parse_time(std::string_view text, std::int64_t& ms) {
  return parse_whole(text, ms) || parse_iso_time(without_blanks(text), ms);
}

std::string expected_integer(std::int64_t lowest, std::int64_t highest) {
  return fmt::format("an integer from {} to {}", lowest, highest);
}
std::string expected_integer(std::uint64_t highest) { return fmt::format("an integer from 0 to {}", highest); }
std::string expected_real() { return "a real number"; }
std::string expected_bool() { return "0, 1, true or false"; }
std::string expected_time() { return "a time (ms since 1970, or like 2018-04-01T00:00:31.123Z)"; }

void append_integer(std::string& to, std::int64_t v) { append_number(to, v); }
void append_integer(std::string& to, std::uint64_t v) { append_number(to, v); }
void append_real(std::string& to, double v, std::optional<int> decimals) { append_any_real(to, v, decimals); }
void append_real(std::string& to, float v, std::optional<int> decimals) { append_any_real(to, v, decimals); }

void append_iso_time(std::string& to, std::int64_t ms) {
  const std::int64_t days = (ms >= 0 ? ms : ms - (ms_per_day - 1)) / ms_per_day;
  const auto rest = ms - days * ms_per_day;
  const civil_day d = civil_from_days(days);
  if (d.year < 0 || d.year > 9999) return append_integer(to, ms);
  std::array<char, 24> text{};
  char* at = text.data();
  const auto put = [&at](std::int64_t v, int digits, char after) {
    for (int i = digits - 1; i >= 0; --i, v /= 10) at[i] = static_cast<char>('0' + v % 10);
    at[digits] = after;
    at += digits + 1;
  };
  put(d.year, 4, '-');
  put(d.month, 2, '-');
  put(d.day, 2, 'T');
  put(rest / 3'600'000, 2, ':');
  put(rest / 60'000 % 60, 2, ':');
  put(rest / 1000 % 60, 2, '.');
  put(rest % 1000, 3, 'Z');
  to.append(text.data(), text.size());
}

void append_text(std::string& to, std::string_view v, char delimiter) {
  const auto special = [delimiter](char c) { return c == delimiter || c == '"' || c == '\r' || c == '\n'; };
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool blank_at_edge = !v.empty() && (blank(v.front()) || blank(v.back()));
  if (!blank_at_edge && std::none_of(v.begin(), v.end(), special)) {
    to += v;
    return;
  }
  to += '"';
  for (const char c : v) {
    if (c == '"') to += '"';
    to += c;
  }
  to += '"';
}

}  // namespace leat::formats
