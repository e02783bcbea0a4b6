#include "traffic.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "features.hpp"

namespace fraud {
namespace {

/// The side of the map, 100, in units of the coordinates.
constexpr std::uint32_t side = 100'000'000;

constexpr std::uint32_t terminal_days = 28;
constexpr std::uint32_t card_days = 14;
constexpr std::uint32_t large_cents = 220'00;

/// One stream of random numbers for each purpose, so that no choice disturbs another.
enum purpose : std::uint64_t { customers, terminals, payments, bad_terminals, bad_cards };

/// Chances that a Poisson variable of mean 4 is at most 0, 1, 2 ..., of 2^64; from exp(-4) to 60
/// digits.
constexpr std::array<std::uint64_t, 28> poisson_4{
    0x04b0556e084f3d1d, 0x1771ab26298c3195, 0x3cf456966c061a85, 0x6ef7e5d6c4a8a670, 0xa0fb75171d4b325a,
    0xc8fe4e176433a249, 0xe3aadec23e23ece8, 0xf2e8e8487188a9d5, 0xfa87ed0b8b3b084c, 0xfdeb0b9b24dfa40f,
    0xff45e4a16254af2a, 0xffc40500be7f3ed6, 0xffee0fcb328d6eba, 0xfffaff6bf3ccdfed, 0xfffeb199e1df0044,
    0xffffadea659f916d, 0xffffecfe868fb5b7, 0xfffffbd615d745c8, 0xffffff226e91d793, 0xffffffd43068471c,
    0xfffffff7bd932a38, 0xfffffffe83216ddc, 0xffffffffbe52916e, 0xfffffffff5237639, 0xfffffffffe464706,
    0xffffffffffbc7ce9, 0xfffffffffff60f0c, 0xfffffffffffe967a,
};

/// A Poisson variable of mean 4 * rate / 2^32: each of four a day on average happens with that
/// chance (thinning).
std::uint32_t draw_count(leat::random& r, std::uint32_t rate) {
  const std::uint64_t u = r.next();
  const auto most = std::upper_bound(poisson_4.begin(), poisson_4.end(), u) - poisson_4.begin();
  std::uint32_t count = 0;
  for (auto i = most; i > 0; --i) count += (r.next() >> 32) < rate ? 1 : 0;
  return count;
}

/// mean + deviation * z, z normal: the heads among 256 coins, whose deviation is 8, and a uniform
/// part that fills the steps between. Whole numbers only, since the last digits of a logarithm
/// differ between machines.
std::int64_t draw_normal(leat::random& r, std::int64_t mean, std::int64_t deviation) {
  std::int64_t heads = 0;
  for (int i = 0; i < 4; ++i) heads += std::popcount(r.next());
  constexpr std::int64_t step = 1 << 16;
  const std::int64_t eighths = (heads - 128) * step + static_cast<std::int64_t>(r.next() >> 48) - step / 2;
  return mean + deviation * eighths / (8 * step);
}

}  // namespace

traffic::traffic(const traffic_options& options) : options_(options) {
  const double clamped = std::clamp(options.radius, 0.0, 150.0);
  const auto radius = static_cast<std::uint32_t>(std::llround(clamped * (side / 100)));
  radius_squared_ = static_cast<std::uint64_t>(radius) * radius;
  cells_per_side_ = std::clamp(radius == 0 ? 1'000U : side / radius, 1U, 1'000U);
  cell_size_ = side / cells_per_side_ + 1;
  place_terminals();

  leat::random r = random_for(purpose::customers);
  customers_.reserve(options.customers);
  for (std::uint32_t i = 0; i < options.customers; ++i) {
    customer c{};
    c.home = {static_cast<std::uint32_t>(r.below(side)), static_cast<std::uint32_t>(r.below(side))};
    c.mean_thousandths = 5'00'000 + static_cast<std::uint32_t>(r.below(95'00'001));
    c.rate = static_cast<std::uint32_t>(r.next() >> 32);
    for_each_row_near(c.home, [&](std::uint32_t begin, std::uint32_t end) {
      for (std::uint32_t k = begin; k < end && !c.has_terminal; ++k) c.has_terminal = reaches(c.home, by_cell_[k]);
    });
    customers_.push_back(c);
  }
}

void traffic::place_terminals() {
  leat::random r = random_for(purpose::terminals);
  terminals_.reserve(options_.terminals);
  for (std::uint32_t i = 0; i < options_.terminals; ++i)
    terminals_.push_back({static_cast<std::uint32_t>(r.below(side)), static_cast<std::uint32_t>(r.below(side))});

  const auto cell_of = [this](place p) { return p.y / cell_size_ * cells_per_side_ + p.x / cell_size_; };
  cell_begin_.assign(std::size_t{cells_per_side_} * cells_per_side_ + 1, 0);
  for (const place p : terminals_) ++cell_begin_[cell_of(p) + 1];
  for (std::size_t c = 1; c < cell_begin_.size(); ++c) cell_begin_[c] += cell_begin_[c - 1];
  by_cell_.resize(terminals_.size());
  auto next = cell_begin_;
  for (std::uint32_t k = 0; k < options_.terminals; ++k) by_cell_[next[cell_of(terminals_[k])]++] = k;
}

leat::random traffic::random_for(std::uint64_t what, std::uint64_t a, std::uint64_t b) const {
  std::uint64_t state = options_.seed;
  for (const std::uint64_t part : {what, a, b}) state = leat::random{state}.next() ^ part;
  return leat::random{leat::random{state}.next()};
}

bool traffic::reaches(place home, std::uint32_t terminal) const {
  const place p = terminals_[terminal];
  const std::uint64_t dx = p.x > home.x ? p.x - home.x : home.x - p.x;
  const std::uint64_t dy = p.y > home.y ? p.y - home.y : home.y - p.y;
  return dx * dx + dy * dy < radius_squared_;
}

/// Calls `visit(begin, end)` with ranges of by_cell_ that cover all terminals in reach: no cell is
/// smaller than the radius, so these are three rows of three cells.
template <class Visitor>
void traffic::for_each_row_near(place home, Visitor&& visit) const {
  const std::uint32_t column = home.x / cell_size_;
  const std::uint32_t row = home.y / cell_size_;
  const std::uint32_t left = column == 0 ? 0 : column - 1;
  const std::uint32_t right = std::min(column + 1, cells_per_side_ - 1);
  for (std::uint32_t y = row == 0 ? 0 : row - 1; y <= std::min(row + 1, cells_per_side_ - 1); ++y)
    visit(cell_begin_[y * cells_per_side_ + left], cell_begin_[y * cells_per_side_ + right + 1]);
}

/// Requires: a terminal in reach.
std::uint32_t traffic::choose_terminal(place home, leat::random& r) const {
  std::array<std::pair<std::uint32_t, std::uint32_t>, 3> rows{};
  std::size_t row_count = 0;
  std::uint32_t candidates = 0;
  for_each_row_near(home, [&](std::uint32_t begin, std::uint32_t end) {
    rows[row_count++] = {begin, end};
    candidates += end - begin;
  });
  for (;;) {
    auto index = static_cast<std::uint32_t>(r.below(candidates));
    for (const auto& [begin, end] : rows) {
      if (index >= end - begin) {
        index -= end - begin;
        continue;
      }
      if (reaches(home, by_cell_[begin + index])) return by_cell_[begin + index];
      break;
    }
  }
}

/// Who was drawn on one of the last `days` days, each of which draws `per_day` different ones.
/// Ascending.
std::vector<std::uint32_t> traffic::compromised(std::uint64_t what, std::uint32_t day, std::uint32_t days,
                                                std::uint32_t per_day, std::uint32_t population) const {
  std::vector<std::uint32_t> all;
  for (std::uint32_t d = day >= days ? day - days + 1 : 0; d <= day; ++d) {
    leat::random r = random_for(what, d);
    std::vector<std::uint32_t> drawn;
    while (drawn.size() < std::min(per_day, population)) {
      const auto one = static_cast<std::uint32_t>(r.below(population));
      if (std::find(drawn.begin(), drawn.end(), one) == drawn.end()) drawn.push_back(one);
    }
    all.insert(all.end(), drawn.begin(), drawn.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

void traffic::add_payments(std::uint32_t who, std::uint32_t day, std::vector<simulated_transaction>& to) const {
  const customer& c = customers_[who];
  if (!c.has_terminal) return;
  leat::random r = random_for(purpose::payments, day, who);
  for (std::uint32_t left = draw_count(r, c.rate); left > 0; --left) {
    const std::int64_t second = draw_normal(r, day_s / 2, 20'000);
    std::int64_t thousandths = draw_normal(r, c.mean_thousandths, c.mean_thousandths / 2);
    if (thousandths < 0) thousandths = static_cast<std::int64_t>(r.below(2 * std::uint64_t{c.mean_thousandths}));
    const std::uint32_t terminal = choose_terminal(c.home, r);
    if (second <= 0 || second >= day_s) continue;
    simulated_transaction t;
    t.paid.tx_datetime = options_.start + leat::duration{(std::int64_t{day} * day_s + second) * 1000};
    t.paid.customer_id = who;
    t.paid.terminal_id = terminal;
    t.paid.amount_cents = static_cast<std::uint32_t>((thousandths + 500) / 1000);
    to.push_back(t);
  }
}

std::vector<simulated_transaction> traffic::day(std::uint32_t day, std::uint64_t first_id) const {
  const auto terminals = compromised(purpose::bad_terminals, day, terminal_days, options_.compromised_terminals_per_day,
                                     options_.terminals);
  const auto cards =
      compromised(purpose::bad_cards, day, card_days, options_.compromised_cards_per_day, options_.customers);
  std::vector<simulated_transaction> all;
  for (std::uint32_t who = 0; who < options_.customers; ++who) {
    const std::size_t before = all.size();
    add_payments(who, day, all);
    const bool bad_card = std::binary_search(cards.begin(), cards.end(), who);
    leat::random r = random_for(purpose::bad_cards, day, 1 + std::uint64_t{who});
    for (std::size_t i = before; i < all.size(); ++i) {
      auto& [paid, why] = all[i];
      if (paid.amount_cents > large_cents) why = scenario::large_amount;
      if (std::binary_search(terminals.begin(), terminals.end(), paid.terminal_id))
        why = scenario::compromised_terminal;
      if (bad_card && r.below(3) == 0) {
        why = scenario::compromised_card;
        paid.amount_cents *= 5;
      }
      paid.fraud = why == scenario::genuine ? 0 : 1;
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const simulated_transaction& a, const simulated_transaction& b) {
    return a.paid.tx_datetime < b.paid.tx_datetime;
  });
  for (auto& t : all) t.paid.transaction_id = first_id++;
  return all;
}

}  // namespace fraud
