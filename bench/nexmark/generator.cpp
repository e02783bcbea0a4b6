#include "generator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <leat/core/assert.hpp>

#include "java_random.hpp"

namespace nexmark {
namespace {

// Of each 50 events the first is a person, the next three are auctions, the rest are bids.
constexpr std::int64_t persons = 1;
constexpr std::int64_t auctions = 3;
constexpr std::int64_t all = 50;

constexpr std::int64_t first_id = 1000;
constexpr std::int64_t active_persons = 1000;
constexpr std::int64_t auctions_in_flight = 100;
constexpr std::int64_t ids_ahead = 10;   ///< so many that do not exist yet are named, too
constexpr std::int64_t hot_every = 100;  ///< one id in so many is drawn much more often

constexpr std::array<std::string_view, 11> first_names{"Peter", "Paul",  "Luke",  "John",   "Saul",  "Vicky",
                                                       "Kate",  "Julie", "Sarah", "Deiter", "Walter"};
constexpr std::array<std::string_view, 9> last_names{"Shultz", "Abrams", "Spencer", "White", "Bartels",
                                                     "Walton", "Smith",  "Jones",   "Noris"};
constexpr std::array<std::string_view, 10> cities{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
                                                  "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
constexpr std::array<std::string_view, 6> states{"AZ", "CA", "ID", "OR", "WA", "WY"};
constexpr std::array<std::string_view, 4> large_channels{"Google", "Facebook", "Baidu", "Apple"};

template <std::size_t Count>
std::string any_of(const std::array<std::string_view, Count>& names, java_random& random) {
  return std::string{names[static_cast<std::size_t>(random.next_int(static_cast<std::int32_t>(Count)))]};
}

std::int64_t below(java_random& random, std::int64_t bound) {
  if (bound < INT32_MAX) return random.next_int(static_cast<std::int32_t>(bound));
  return std::abs(random.next_long() % bound);
}

/// The id of the newest person, and of the newest auction, once event `id` is there.
std::int64_t last_person(std::int64_t id) { return id / all * persons + std::min(id % all, persons - 1); }
std::int64_t last_auction(std::int64_t id) {
  const std::int64_t rest = id % all;
  if (rest < persons) return (id / all - 1) * auctions + auctions - 1;
  return id / all * auctions + std::min(rest - persons, auctions - 1);
}

std::int64_t any_person(java_random& random, std::int64_t id) {
  const std::int64_t count = last_person(id) + 1;
  const std::int64_t active = std::min(count, active_persons);
  return count - active + below(random, active + ids_ahead);
}
std::int64_t any_auction(java_random& random, std::int64_t id) {
  const std::int64_t last = last_auction(id);
  const std::int64_t first = std::max<std::int64_t>(last - auctions_in_flight, 0);
  return first + below(random, last - first + 1 + ids_ahead);
}

/// 100 to 10^8 cents, every order of magnitude as often as the others.
std::int64_t any_price(java_random& random) {
  return static_cast<std::int64_t>(std::floor(std::pow(10.0, random.next_double() * 6.0) * 100.0 + 0.5));
}

/// Letters, and `gap` now and then.
std::string letters(java_random& random, std::int32_t count, char gap) {
  std::string text;
  for (std::int32_t i = 0; i < count; ++i)
    text += random.next_int(13) == 0 ? gap : static_cast<char>('a' + random.next_int(26));
  return text;
}
/// 3 to `size_max` - 1 of them, without blanks at the ends.
std::string any_text(java_random& random, std::int32_t size_max) {
  std::string text = letters(random, 3 + random.next_int(size_max - 3), ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

/// Makes a record of `size` bytes about `size_mean` bytes long. Six characters come from one number, whose remainder
/// keeps its sign: so there are characters below 'a'.
std::string any_extra(java_random& random, std::size_t size, std::size_t size_mean) {
  if (size > size_mean) return {};
  const auto missing = static_cast<std::int32_t>(size_mean - size);
  const auto spread = static_cast<std::int32_t>(std::floor(missing * 0.2 + 0.5));
  const std::int32_t count = missing - spread + (spread > 0 ? random.next_int(2 * spread) : 0);
  std::string text;
  std::int32_t number = 0;
  for (std::int32_t i = 0; i < count; ++i) {
    if (i % 6 == 0) number = random.next_int();
    text += static_cast<char>('a' + number % 26);
    number /= 26;
  }
  return text;
}

std::string four_digits(java_random& random) {
  const std::string digits = std::to_string(random.next_int(10000));
  return std::string(4 - digits.size(), '0') + digits;
}

std::int64_t reversed_bits(std::uint32_t k) {
  std::uint32_t reversed = 0;
  for (int bit = 0; bit < 32; ++bit) reversed |= (k >> bit & 1U) << (31 - bit);
  return static_cast<std::int32_t>(reversed);
}

/// Half of the bids come through four large channels, each with one address, the others through one of 10 000.
void add_channel(bid& b, std::int64_t id) {
  java_random random{~id};
  const bool large = random.next_int(2) > 0;
  const std::int32_t k = random.next_int(large ? 4 : 10000);
  b.channel = large ? std::string{large_channels[static_cast<std::size_t>(k)]} : "channel-" + std::to_string(k);
  java_random of_channel{(large ? -100 : -1000) - k};
  b.url = "https://www.nexmark.com";
  for (int part = 0; part < 3; ++part) b.url += '/' + letters(of_channel, 3 + of_channel.next_int(2), '_');
  b.url += "/item.htm?query=1";
  if (!large && of_channel.next_int(10) > 0)
    b.url += "&channel_id=" + std::to_string(std::abs(reversed_bits(static_cast<std::uint32_t>(k))));
}

}  // namespace

generator::generator(settings s)
    : settings_(s), delay_us_((1'000'000 + s.events_per_second / 2) / s.events_per_second) {
  LEAT_ASSERT(s.events_per_second > 0 && s.group_size > 0, "a rate and a group size are positive");
}

std::int64_t generator::id_of(std::int64_t n) const {
  const std::int64_t size = settings_.group_size;
  return n / size * size + n * 953 % size;
}

event_time generator::at(std::int64_t id) const { return event_time{settings_.base.ms() + id * delay_us_ / 1000}; }

kind generator::kind_of(std::int64_t n) const {
  const std::int64_t rest = id_of(n) % all;
  return rest < persons ? kind::person : rest < persons + auctions ? kind::auction : kind::bid;
}

person generator::person_at(std::int64_t n) const {
  const std::int64_t id = id_of(n);
  java_random random{id};
  person p;
  p.id = last_person(id) + first_id;
  p.name = any_of(first_names, random);
  p.name += ' ' + any_of(last_names, random);
  p.email_address = any_text(random, 7);
  p.email_address += '@' + any_text(random, 5) + ".com";
  for (int group = 0; group < 4; ++group) p.credit_card += (group > 0 ? " " : "") + four_digits(random);
  p.city = any_of(cities, random);
  p.state = any_of(states, random);
  p.date_time = at(id);
  const std::size_t size =
      8 + p.name.size() + p.email_address.size() + p.credit_card.size() + p.city.size() + p.state.size();
  p.extra = any_extra(random, size, 200);
  return p;
}

auction generator::auction_at(std::int64_t n) const {
  const std::int64_t id = id_of(n);
  java_random random{id};
  auction a;
  a.id = last_auction(id) + first_id;
  const bool hot = random.next_int(4) > 0;
  a.seller = first_id + (hot ? last_person(id) / hot_every * hot_every : any_person(random, id));
  a.category = 10 + random.next_int(5);
  a.initial_bid = any_price(random);
  a.date_time = at(id);
  const leat::duration ahead = at(id + auctions_in_flight * all / auctions) - a.date_time;
  a.expires = a.date_time + leat::duration{1 + below(random, std::max<std::int64_t>(ahead.count() * 2, 1))};
  a.item_name = any_text(random, 20);
  a.description = any_text(random, 100);
  a.reserve = a.initial_bid + any_price(random);
  a.extra = any_extra(random, 48 + a.item_name.size() + a.description.size(), 500);
  return a;
}

bid generator::bid_at(std::int64_t n) const {
  const std::int64_t id = id_of(n);
  java_random random{id};
  bid b;
  const bool hot_auction = random.next_int(2) > 0;
  b.auction = first_id + (hot_auction ? last_auction(id) / hot_every * hot_every : any_auction(random, id));
  const bool hot_bidder = random.next_int(4) > 0;
  b.bidder = first_id + (hot_bidder ? last_person(id) / hot_every * hot_every + 1 : any_person(random, id));
  b.price = any_price(random);
  b.date_time = at(id);
  b.extra = any_extra(random, 32, 100);
  add_channel(b, id);
  return b;
}

}  // namespace nexmark
