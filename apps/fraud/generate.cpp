#include "generate.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "features.hpp"

namespace fraud {
namespace {

constexpr std::string_view header = "transaction_id,tx_datetime,customer_id,terminal_id,amount_cents,fraud,scenario\n";

void append_padded(std::string& to, unsigned value, int width) {
  std::array<char, 16> digits{};
  const int length = std::snprintf(digits.data(), digits.size(), "%0*u", width, value);
  to.append(digits.data(), static_cast<std::size_t>(length));
}

void append_number(std::string& to, std::uint64_t value) {
  std::array<char, 24> digits{};
  const auto [end, failure] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  to.append(digits.data(), end);
}

/// The date of a midnight: "2018-04-01".
std::string date_of(leat::event_time midnight) {
  const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(std::chrono::milliseconds{midnight.ms()})};
  const std::chrono::year_month_day date{day};
  std::string text;
  append_padded(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  text += '-';
  append_padded(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_padded(text, static_cast<unsigned>(date.day()), 2);
  return text;
}

std::string rows_of(const std::vector<simulated_transaction>& all, leat::event_time midnight) {
  const std::string date = date_of(midnight) + 'T';
  std::string text;
  for (const auto& [paid, why] : all) {
    const auto second = static_cast<unsigned>((paid.tx_datetime - midnight).count() / 1000);
    append_number(text, paid.transaction_id);
    text += ',';
    text += date;
    append_padded(text, second / 3600, 2);
    text += ':';
    append_padded(text, second / 60 % 60, 2);
    text += ':';
    append_padded(text, second % 60, 2);
    for (const std::uint64_t number :
         {std::uint64_t{paid.customer_id}, std::uint64_t{paid.terminal_id}, std::uint64_t{paid.amount_cents},
          std::uint64_t{paid.fraud}, static_cast<std::uint64_t>(why)}) {
      text += ',';
      append_number(text, number);
    }
    text += '\n';
  }
  return text;
}

leat::result<std::ofstream> create(const std::filesystem::path& path) {
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  if (!file) return leat::error{leat::errc::io, "cannot create " + path.string()};
  file << header;
  return file;
}

leat::result<void> finish(std::ostream& to, const std::string& name) {
  to.flush();
  if (!to) return leat::error{leat::errc::io, "cannot write " + name};
  return {};
}

}  // namespace

leat::result<leat::event_time> parse_date(std::string_view text) {
  const auto number = [text](std::size_t from, std::size_t count) {
    int value = -1;
    const char* const end = text.data() + from + count;
    const auto [read_to, failure] = std::from_chars(text.data() + from, end, value);
    return failure == std::errc{} && read_to == end && value >= 0 ? value : -1;
  };
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                           std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                           std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (number(0, 4) >= 0 && date.ok())
      return leat::event_time{std::chrono::sys_days{date}.time_since_epoch().count() * day_s * 1000};
  }
  return leat::error{leat::errc::invalid_argument,
                     "expected a date like 2018-04-01, found '" + std::string{text} + "'"};
}

leat::result<void> generate(const traffic_options& options, std::uint32_t days, const std::string& out,
                            std::ostream& to) {
  namespace fs = std::filesystem;
  std::error_code failure;
  const bool one_per_day = !out.empty() && (out.ends_with('/') || fs::is_directory(out, failure));
  if (one_per_day) {
    fs::create_directories(out, failure);
    if (failure) return leat::error{leat::errc::io, "cannot create the directory " + out + ": " + failure.message()};
  }
  std::ofstream single;
  if (out.empty()) {
    to << header;
  } else if (!one_per_day) {
    LEAT_TRY(file, create(out));
    single = std::move(file);
  }
  std::ostream& all_days = out.empty() ? to : single;
  const std::string name = out.empty() ? "the standard output" : out;

  const traffic source{options};
  std::uint64_t next_id = 0;
  for (std::uint32_t d = 0; d < days; ++d) {
    const auto all = source.day(d, next_id);
    next_id += all.size();
    const leat::event_time midnight = options.start + leat::duration{std::int64_t{d} * day_s * 1000};
    const std::string rows = rows_of(all, midnight);
    if (one_per_day) {
      const fs::path path = fs::path{out} / (date_of(midnight) + ".csv");
      LEAT_TRY(file, create(path));
      file << rows;
      LEAT_CHECK(finish(file, path.string()));
    } else {
      all_days << rows;
      LEAT_CHECK(finish(all_days, name));
    }
  }
  return one_per_day ? leat::result<void>{} : finish(all_days, name);
}

}  // namespace fraud
