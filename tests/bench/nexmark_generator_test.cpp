// The events of Nexmark and the random numbers they follow from, against published values.

#include <nexmark/generator.hpp>

#include <doctest/doctest.h>

#include <leat/leat.hpp>
#include <leat/testing/simulation.hpp>
#include <nexmark/java_random.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

namespace {

using nexmark::generator;
using nexmark::java_random;
using nexmark::kind;

TEST_CASE("random numbers are those of the JVM") {
  // Drawn there by a java.util.Random of this seed, one after the other.
  const struct {
    std::int64_t seed;
    std::int32_t first, second, below_1000;
    std::int64_t long_one;
    double real, gaussian;
  } rows[] = {
      {0, -1155484576, -723955400, 29, -7261648964369397258, 0x1.3c77c08ce970ap-2, -0x1.732068a7ed544p-2},
      {1, -1155869325, 431529176, 847, 7515937759503895804, 0x1.28d71aa9678fp-5, 0x1.ecbe39f5fdca6p-1},
      {2, -1154715079, 1260042744, 40, 76665748188021738, 0x1.b598bdfe31372p-1, -0x1.63e90341d656p1},
      {42, -1170105035, 234785527, 248, 884324181205335268, 0x1.e25776a3774ecp-1, 0x1.11618765ec424p-2},
      {49, -1162025308, 1739413207, 1, 4149652318827904352, 0x1.57a688ecb2826p-1, -0x1.cc8066551e03ap0},
      {50, -1160871061, -1727040520, 193, -3289619696782937010, 0x1.f563a8809a812p-2, 0x1.585068f774dfcp-1},
      {1000, -1244746321, 1060493871, 676, 8490816401664673696, 0x1.04f550a16822p-6, 0x1.0ef0749e20b82p0},
      {123456789, -1442945365, -1016548095, 483, 4701514676984888228, 0x1.bb96f9c96403p-3, -0x1.da4ed19cc1671p0},
      {-1, 1155099827, 1887904451, 579, -8337289232527761815, 0x1.339b76b54dd9cp-1, -0x1.175e969434777p-3},
      {INT64_MAX, 1155099827, 1887904451, 579, -8337289232527761815, 0x1.339b76b54dd9cp-1, -0x1.175e969434777p-3},
  };
  for (const auto& row : rows) {
    CAPTURE(row.seed);
    java_random random{row.seed};
    CHECK(random.next_int() == row.first);
    CHECK(random.next_int() == row.second);
    CHECK(random.next_int(1000) == row.below_1000);
    CHECK(random.next_long() == row.long_one);
    CHECK(random.next_double() == row.real);
    CHECK(random.next_gaussian() == row.gaussian);
  }
}

TEST_CASE("events are those in the documentation of Apache Beam") {
  // Printed in its Python parser of Nexmark's events (Apache License 2.0): 100 events a second; `extra` is abridged.
  const generator g{{.events_per_second = 100, .base = leat::event_time{1528098831026}}};
  REQUIRE(g.kind_of(0) == kind::person);
  const auto p = g.person_at(0);
  CHECK(p.id == 1000);
  CHECK(p.name == "Peter Jones");
  CHECK(p.email_address == "nhd@xcat.com");
  CHECK(p.credit_card == "7241 7320 9143 4888");
  CHECK(p.city == "Portland");
  CHECK(p.state == "WY");
  CHECK(p.date_time.ms() == 1528098831026);
  CHECK(p.extra.starts_with("WN_HS_bnp"));
  CHECK(p.extra.ends_with("VQ\\[["));

  REQUIRE(g.kind_of(1) == kind::auction);
  const auto a = g.auction_at(1);
  CHECK(a.id == 1000);
  CHECK(a.item_name == "wkx mgee");
  CHECK(a.description == "eszpqxtdxrvwmmywkmogoahf");
  CHECK(a.initial_bid == 28873);
  CHECK(a.reserve == 29448);
  CHECK(a.date_time.ms() == 1528098831036);
  CHECK(a.expires.ms() == 1528098840451);
  CHECK(a.seller == 1000);
  CHECK(a.category == 13);
  CHECK(a.extra.starts_with("zcu"));
  CHECK(a.extra.ends_with("piz"));

  REQUIRE(g.kind_of(4) == kind::bid);
  const auto b = g.bid_at(4);
  CHECK(b.auction == 1000);
  CHECK(b.bidder == 1001);
  CHECK(b.price == 32530001);
  CHECK(b.date_time.ms() == 1528098831066);
  CHECK(b.extra.starts_with("fdiysaV^]NLVsbolvyqwgticfdrwdyiyof"));
  CHECK(b.extra.ends_with("WPYTOuwogvszlxjrcNOORM"));
}

TEST_CASE("one person, three auctions and 46 bids, then the next; ids without gaps") {
  const generator g;
  std::array<std::int64_t, 3> count{};
  for (std::int64_t n = 0; n < 5000; ++n) {
    const kind k = g.kind_of(n);
    if (k == kind::person) CHECK(g.person_at(n).id == 1000 + count[0]);
    if (k == kind::auction) CHECK(g.auction_at(n).id == 1000 + count[1]);
    ++count[static_cast<std::size_t>(k)];
  }
  CHECK(count == std::array<std::int64_t, 3>{100, 300, 4600});
}

TEST_CASE("out of order, the same events come within their group, and the promise holds") {
  const generator in_order{{.events_per_second = 1000}};
  const generator shuffled{{.events_per_second = 1000, .group_size = 500}};
  std::vector<std::int64_t> times;
  for (std::int64_t n = 0; n < 3000; ++n) {
    times.push_back(shuffled.time_of(n).ms());
    for (std::int64_t later = n + 1; later < std::min<std::int64_t>(n + 600, 3000); ++later)
      REQUIRE(shuffled.time_of(later) >= shuffled.least_time_after(n));
  }
  CHECK_FALSE(std::is_sorted(times.begin(), times.end()));
  std::sort(times.begin(), times.end());
  for (std::int64_t n = 0; n < 3000; ++n) REQUIRE(times[static_cast<std::size_t>(n)] == in_order.time_of(n).ms());
}

template <class T>
std::multiset<std::string> made_in(std::uint32_t splits, int kills) {
  std::multiset<std::string> all;
  leat::memory_file_system files;
  leat::random chance{splits};
  for (int starts = 0;; ++starts) {
    leat::application app{"nexmark"};
    app.source("events", nexmark::events<T>(2000, splits)).sink("files", leat::json_sink<T>("made"));
    leat::job_options options;
    options.state_files = &files;
    options.parallelism = 2;
    options.batch_records_max = 8;
    options.checkpoint_interval = leat::duration{1};
    auto job = leat::simulate(app, options, chance.next());
    REQUIRE(job);
    if ((*job)->run(starts < kills ? 50 + chance.below(200) : 1'000'000)) break;
    (*job)->kill();
  }
  const auto entries = files.list("made").value();
  for (const auto& e : entries) {
    if (e.name.starts_with(".")) continue;
    const std::string text = files.read_all("made/" + e.name).value();
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
      all.insert(text.substr(at, text.find('\n', at) - at));
  }
  return all;
}

TEST_CASE("divided into splits and resumed after kills, a source makes the same events") {
  const auto bids = made_in<nexmark::bid>(1, 0);
  CHECK(bids.size() == 1840);
  CHECK(made_in<nexmark::bid>(3, 0) == bids);
  CHECK(made_in<nexmark::bid>(3, 3) == bids);
  CHECK(made_in<nexmark::person>(3, 2).size() == 40);
  CHECK(made_in<nexmark::auction>(7, 2) == made_in<nexmark::auction>(1, 0));
}

}  // namespace
