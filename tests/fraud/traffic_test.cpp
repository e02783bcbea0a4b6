// The simulated transactions: the same everywhere, and distributed as the Handbook describes.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include <doctest/doctest.h>

#include "csv_lines.hpp"
#include "generate.hpp"
#include "traffic.hpp"

using fraud::scenario;

namespace {

fraud::traffic_options small() {
  fraud::traffic_options options;
  options.customers = 300;
  options.terminals = 500;
  return options;
}

std::string generated(const fraud::traffic_options& options, std::uint32_t days) {
  std::ostringstream text;
  REQUIRE(fraud::generate(options, days, "", text).has_value());
  return text.str();
}

/// FNV-1a, so that the golden value below depends on nothing but the bytes.
std::uint64_t fingerprint(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
  const double m = mean(values);
  double sum = 0;
  for (const double v : values) sum += (v - m) * (v - m);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

}  // namespace

TEST_CASE("the same seed gives the same bytes on every machine and in every version") {
  const auto text = generated(small(), 5);
  CHECK(text == generated(small(), 5));
  CHECK(fingerprint(text) == 12'868'623'930'647'268'574U);
  auto other = small();
  other.seed = 2;
  CHECK(text != generated(other, 5));
}

TEST_CASE("a day's transactions do not depend on the days asked for before") {
  const fraud::traffic source{small()};
  const auto third = source.day(3, 1'000);
  REQUIRE(!third.empty());
  CHECK(third.front().paid.transaction_id == 1'000);
  const fraud::traffic other{small()};
  std::uint64_t next = 0;
  for (std::uint32_t d = 0; d < 3; ++d) next += other.day(d, next).size();
  const auto again = other.day(3, 1'000);
  REQUIRE(again.size() == third.size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    CHECK(again[i].paid.transaction_id == third[i].paid.transaction_id);
    CHECK(again[i].paid.tx_datetime == third[i].paid.tx_datetime);
    CHECK(again[i].paid.customer_id == third[i].paid.customer_id);
    CHECK(again[i].paid.terminal_id == third[i].paid.terminal_id);
    CHECK(again[i].paid.amount_cents == third[i].paid.amount_cents);
    CHECK(again[i].why == third[i].why);
  }
}

TEST_CASE("a day's transactions lie in it, in order, and are numbered from the first id") {
  const fraud::traffic source{small()};
  for (std::uint32_t d = 0; d < 40; ++d) {
    const auto all = source.day(d, 100);
    const leat::event_time midnight{small().start.ms() + d * 86'400'000LL};
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto& [paid, why] = all[i];
      REQUIRE(paid.transaction_id == 100 + i);
      REQUIRE(paid.tx_datetime > midnight);
      REQUIRE(paid.tx_datetime < midnight + leat::duration{86'400'000});
      REQUIRE(paid.tx_datetime.ms() % 1000 == 0);
      REQUIRE((i == 0 || paid.tx_datetime >= all[i - 1].paid.tx_datetime));
      REQUIRE(paid.fraud == (why == scenario::genuine ? 0 : 1));
      REQUIRE((paid.amount_cents <= 220'00 || paid.fraud == 1));
      REQUIRE(paid.customer_id < 300);
      REQUIRE(paid.terminal_id < 500);
    }
  }
}

TEST_CASE("counts, amounts, times of day and frauds are those of the published data") {
  const fraud::traffic source{fraud::traffic_options{}};
  std::vector<double> amounts, seconds, per_day;
  std::array<std::size_t, 4> frauds{};
  std::set<std::uint32_t> customers, terminals;
  std::size_t count = 0;
  for (std::uint32_t d = 0; d < 60; ++d) {
    const auto all = source.day(d);
    per_day.push_back(static_cast<double>(all.size()));
    for (const auto& [paid, why] : all) {
      ++count;
      ++frauds[static_cast<std::size_t>(why)];
      customers.insert(paid.customer_id);
      terminals.insert(paid.terminal_id);
      seconds.push_back(static_cast<double>(paid.tx_datetime.ms() / 1000 % 86'400));
      if (why != scenario::compromised_card) amounts.push_back(paid.amount_cents / 100.0);
    }
  }
  // Published, 90 days: 9589 a day (deviation 94), 4983 customers, all terminals, time of day 43191
  // (18172), amounts but those of compromised cards 53.09 (39.63).
  CHECK(mean(per_day) == doctest::Approx(9'589).epsilon(0.03));
  CHECK(deviation(per_day) < 150);
  CHECK(customers.size() > 4'900);
  CHECK(terminals.size() == 10'000);
  CHECK(mean(seconds) == doctest::Approx(43'200).epsilon(0.005));
  CHECK(deviation(seconds) == doctest::Approx(18'172).epsilon(0.005));
  CHECK(mean(amounts) == doctest::Approx(53.09).epsilon(0.03));
  CHECK(deviation(amounts) == doctest::Approx(39.63).epsilon(0.03));
  const auto share = [&](scenario s) {
    return static_cast<double>(frauds[static_cast<std::size_t>(s)]) / static_cast<double>(count);
  };
  CHECK(share(scenario::large_amount) == doctest::Approx(0.00056).epsilon(0.25));
  CHECK(share(scenario::compromised_terminal) == doctest::Approx(0.0046).epsilon(0.1));
  CHECK(share(scenario::compromised_card) == doctest::Approx(0.0025).epsilon(0.1));
}

TEST_CASE("a customer pays only within the radius, and at all terminals there") {
  for (const double radius : {0.0, 2.0, 10.0, 60.0, 200.0}) {
    CAPTURE(radius);
    auto options = small();
    options.radius = radius;
    const fraud::traffic source{options};
    std::map<std::uint32_t, std::set<std::uint32_t>> used;
    std::size_t count = 0;
    for (std::uint32_t d = 0; d < 100; ++d)
      for (const auto& t : source.day(d)) {
        used[t.paid.customer_id].insert(t.paid.terminal_id);
        ++count;
      }
    std::size_t pairs = 0;
    for (const auto& [who, where] : used) pairs += where.size();
    const double per_customer = used.empty() ? 0 : static_cast<double>(pairs) / static_cast<double>(used.size());
    // The disc's share of the map, a little less at its edges; 200 transactions reach most of a few
    // terminals.
    if (radius == 0.0) CHECK(count == 0);
    if (radius == 2.0) CHECK(per_customer < 2.0);
    if (radius == 10.0) CHECK(per_customer == doctest::Approx(14.5).epsilon(0.15));
    if (radius == 200.0) CHECK(per_customer > 100);
  }
}

TEST_CASE("files: one, or one per day, hold what the standard output does") {
  const auto dir = std::filesystem::temp_directory_path() / ("leat-fraud-" + std::to_string(::getpid()));
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  const auto content = [](const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  };
  const auto all = generated(small(), 3);
  const std::string header = all.substr(0, all.find('\n') + 1);
  std::ostringstream unused;
  REQUIRE(fraud::generate(small(), 3, (dir / "all.csv").string(), unused).has_value());
  CHECK(content(dir / "all.csv") == all);
  REQUIRE(fraud::generate(small(), 3, (dir / "days").string() + "/", unused).has_value());
  std::string joined = header;
  for (const char* name : {"2018-04-01.csv", "2018-04-02.csv", "2018-04-03.csv"}) {
    const auto day = content(dir / "days" / name);
    REQUIRE(day.starts_with(header));
    joined += day.substr(header.size());
  }
  CHECK(joined == all);
  CHECK(unused.str().empty());
  const auto refused = fraud::generate(small(), 1, (dir / "missing" / "all.csv").string(), unused);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().code == leat::errc::io);
  std::filesystem::remove_all(dir);
}

TEST_CASE("dates") {
  CHECK(fraud::parse_date("2018-04-01").value().ms() == 1'522'540'800'000);
  CHECK(fraud::parse_date("1969-12-31").value().ms() == -86'400'000);
  CHECK(fraud::parse_date("2024-02-29").has_value());
  for (const char* text : {"", "2018-4-1", "2018-02-29", "2018-13-01", "2018-04-00", "2018-04-01T", "-018-04-01",
                           "2018-04-+1", "2018/04/01", "abcd-ef-gh"}) {
    CAPTURE(text);
    const auto date = fraud::parse_date(text);
    REQUIRE(!date.has_value());
    CHECK(date.error().detail.find(text) != std::string::npos);
  }
}
