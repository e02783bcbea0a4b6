#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <leat/connectors/generator.hpp>
#include <leat/core/fields.hpp>
#include <leat/core/time.hpp>

/// The events of Nexmark, an auction house: persons register, auctions open, and bids are made, in the proportion of
/// 1 : 3 : 46. Every event follows from its number alone, so generation can be divided, resumed and repeated at will.
/// Source: Apache Beam, sdks/java/testing/nexmark, GeneratorConfig and its generators; `channel` and `url` are an
/// addition of Flink's Nexmark, drawn here from a generator of their own, so that they leave Beam's fields as they are.
namespace nexmark {

using leat::event_time;

struct person {
  std::int64_t id = 0;
  std::string name;
  std::string email_address;
  std::string credit_card;
  std::string city;
  std::string state;
  event_time date_time;
  std::string extra;
  LEAT_FIELDS(id, name, email_address, credit_card, city, state, date_time, extra)
};

struct auction {
  std::int64_t id = 0;
  std::string item_name;
  std::string description;
  std::int64_t initial_bid = 0;
  std::int64_t reserve = 0;
  event_time date_time;
  event_time expires;
  std::int64_t seller = 0;
  std::int64_t category = 0;
  std::string extra;
  LEAT_FIELDS(id, item_name, description, initial_bid, reserve, date_time, expires, seller, category, extra)
};

struct bid {
  std::int64_t auction = 0;
  std::int64_t bidder = 0;
  std::int64_t price = 0;
  std::string channel;
  std::string url;
  event_time date_time;
  std::string extra;
  LEAT_FIELDS(auction, bidder, price, channel, url, date_time, extra)
};

enum class kind : std::uint8_t { person, auction, bid };

/// Makes the n-th event. Immutable: one object serves all threads.
class generator {
 public:
  struct settings {
    std::int64_t events_per_second = 10'000;  ///< of event time
    std::int64_t group_size = 1;              ///< within so many consecutive ones events come in another order; 1: none
    event_time base{1'436'918'400'000};       ///< of event 0: 2015-07-15T00:00:00Z
  };
  explicit generator(settings s);
  generator() : generator(settings{}) {}

  [[nodiscard]] kind kind_of(std::int64_t n) const;
  /// Requires of the three: the n-th event is of this kind.
  [[nodiscard]] person person_at(std::int64_t n) const;
  [[nodiscard]] auction auction_at(std::int64_t n) const;
  [[nodiscard]] bid bid_at(std::int64_t n) const;

  [[nodiscard]] event_time time_of(std::int64_t n) const { return at(id_of(n)); }
  /// Behind event n, all times are at or after this.
  [[nodiscard]] event_time least_time_after(std::int64_t n) const {
    return at(n / settings_.group_size * settings_.group_size);
  }

 private:
  [[nodiscard]] std::int64_t id_of(std::int64_t n) const;
  [[nodiscard]] event_time at(std::int64_t id) const;

  settings settings_;
  std::int64_t delay_us_;
};

/// Where a source of events of one kind is.
struct position {
  std::int64_t next = 0;
  LEAT_FIELDS(next)
};

template <class T>
inline constexpr kind kind_made_of = kind::bid;
template <>
inline constexpr kind kind_made_of<person> = kind::person;
template <>
inline constexpr kind kind_made_of<auction> = kind::auction;

/// A source of the persons, auctions or bids among the first `events` events, in `splits` parts side by side:
/// `app.source("bids", nexmark::events<nexmark::bid>(1'000'000, 4))`.
template <class T>
[[nodiscard]] auto events(std::int64_t count, std::uint32_t splits = 1, const generator& g = generator{}) {
  const auto next = [g, count, splits](position& p) -> std::optional<T> {
    for (; p.next < count; p.next += splits) {
      if (g.kind_of(p.next) != kind_made_of<T>) continue;
      const std::int64_t n = p.next;
      p.next += splits;
      if constexpr (kind_made_of<T> == kind::person)
        return g.person_at(n);
      else if constexpr (kind_made_of<T> == kind::auction)
        return g.auction_at(n);
      else
        return g.bid_at(n);
    }
    return std::nullopt;
  };
  return leat::generate(position{}, next).splits(splits, [](std::uint32_t i) { return position{i}; });
}

}  // namespace nexmark
