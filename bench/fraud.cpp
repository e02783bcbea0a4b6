// The fraud application: customers' profiles, terminals' profiles, the model, as `fraud run` has them, with both stages
// sorted by event time, over simulated card payments that lie in memory.
//
// The plain loop keeps the same profile classes in arrays indexed by customer and terminal; its input is in order, so it
// sorts nothing. Time is taken over the last half of the days, when the 30-day windows are full.

#include "engine.hpp"
#include "model.hpp"
#include "plain_exchange.hpp"
#include "profiles.hpp"
#include "traffic.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

/// How far a source has read.
struct position {
  std::uint32_t split = 0;
  std::uint64_t next = 0;
  LEAT_FIELDS(split, next)
};

/// A score, as the sink gets it.
struct scored {
  std::uint64_t transaction_id = 0;
  double score = 0;
  LEAT_FIELDS(transaction_id, score)
};

std::uint64_t digest(const scored& s) { return std::bit_cast<std::uint64_t>(s.score) * (s.transaction_id | 1); }

scored score(const fraud::model& model, const fraud::assessed& a) {
  return {a.features.transaction_id, model.score(a)};
}

struct payments {
  std::vector<fraud::transaction> all;
  /// By the parity of the customer: what two sources have. So each customer's payments stay in order.
  std::array<std::vector<fraud::transaction>, 2> halves;
  std::size_t warm_up = 0;
  std::uint32_t customers = 0;
  std::uint32_t terminals = 0;
};

payments make_payments(const effort& e) {
  fraud::traffic_options options;
  options.customers = e.quick ? 1'000 : 50'000;
  options.terminals = 2 * options.customers;
  options.radius = e.quick ? 5 : 2;
  const std::uint32_t days = e.quick ? 10 : 70;
  const fraud::traffic traffic{options};
  payments p;
  p.customers = options.customers;
  p.terminals = options.terminals;
  for (std::uint32_t d = 0; d < days; ++d) {
    if (d == days / 2) p.warm_up = p.all.size();
    for (const auto& t : traffic.day(d, p.all.size())) p.all.push_back(t.paid);
  }
  for (const auto& t : p.all) p.halves[t.customer_id % 2].push_back(t);
  return p;
}

class plain_scoring {
 public:
  explicit plain_scoring(const payments& p) : customers_(p.customers), terminals_(p.terminals) {}

  void prefetch_customer(const fraud::transaction& t) const { prefetch(customers_[t.customer_id]); }
  void prefetch_terminal(const fraud::transaction& t) const { prefetch(terminals_[t.terminal_id]); }

  fraud::customer_features customer(const fraud::transaction& t) {
    return customers_[t.customer_id].add(t.tx_datetime, t.amount_cents);
  }
  std::uint64_t terminal(const fraud::transaction& t, const fraud::customer_features& c) {
    const auto k = terminals_[t.terminal_id].add(t.tx_datetime, t.fraud != 0);
    return digest(score(model_, {fraud::make_row(t, c, k), t.amount_cents}));
  }

 private:
  template <class Profile>
  static void prefetch(const Profile& p) {
    __builtin_prefetch(&p, 1);
    __builtin_prefetch(reinterpret_cast<const char*>(&p) + sizeof(Profile) - 1, 1);
  }

  std::vector<fraud::customer_profile> customers_;
  std::vector<fraud::terminal_profile> terminals_;
  fraud::model model_;
};

measured plain_on_one(const payments& p) {
  const pinned here{0, 0};
  plain_scoring state{p};
  measured m;
  const auto run = [&](std::size_t first, std::size_t last) {
    constexpr std::size_t ahead = 8;
    for (std::size_t i = first; i < last; ++i) {
      if (i + ahead < last) {
        state.prefetch_customer(p.all[i + ahead]);
        state.prefetch_terminal(p.all[i + ahead]);
      }
      m.checksum += state.terminal(p.all[i], state.customer(p.all[i]));
    }
  };
  run(0, p.warm_up);
  const stamp begin = stamp::now();
  run(p.warm_up, p.all.size());
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(p.all.size() - p.warm_up);
  return m;
}

/// One thread for the customers, one for the terminals and the model. (By key on both threads the terminals would need
/// sorting.)
measured plain_on_two(const payments& p) {
  plain_scoring state{p};
  plain_ring<fraud::customer_scored> ring;
  std::atomic<bool> done{false};
  std::size_t next = 0;
  measured m;
  const auto fill = [&](std::size_t last) {  // customers
    while (next < last) {
      fraud::customer_scored* to = nullptr;
      while ((to = ring.begin_write()) == nullptr) {
      }
      const std::size_t count = std::min(last - next, ring.batch_records);
      for (std::size_t i = 0; i < count; ++i, ++next) {
        if (next + 8 < last) state.prefetch_customer(p.all[next + 8]);
        to[i] = {p.all[next], state.customer(p.all[next])};
      }
      ring.end_write(count);
    }
  };
  const auto take = [&](const fraud::customer_scored* c, std::size_t count) {  // terminals
    for (std::size_t i = 0; i < std::min<std::size_t>(8, count); ++i) state.prefetch_terminal(c[i].paid);
    for (std::size_t i = 0; i < count; ++i) {
      if (i + 8 < count) state.prefetch_terminal(c[i + 8].paid);
      m.checksum += state.terminal(c[i].paid, c[i].customer);
    }
  };
  const auto stage = [&](std::size_t self, std::size_t last) {
    if (self == 0) {
      fill(last);
      done.store(true, std::memory_order_release);
    } else {
      while (!done.load(std::memory_order_acquire)) ring.read(take);
      while (ring.read(take)) {
      }
    }
  };
  const interval warm_up = on_two_threads([](std::size_t) {}, [&](std::size_t self) { stage(self, p.warm_up); });
  static_cast<void>(warm_up);
  done.store(false);
  m.took = on_two_threads([](std::size_t) {}, [&](std::size_t self) { stage(self, p.all.size()); });
  m.records = static_cast<double>(p.all.size() - p.warm_up);
  return m;
}

measured engine(const std::shared_ptr<const payments>& p, std::uint32_t cores) {
  finish_line line{p->warm_up, p->all.size()};
  leat::application app{"fraud"};
  const auto read = [p, cores](position& at) -> std::optional<fraud::transaction> {
    const auto& from = cores == 1 ? p->all : p->halves[at.split];
    if (at.next == from.size()) return std::nullopt;
    return from[at.next++];
  };
  app.source("payments", leat::generate(position{}, read).splits(cores, [](std::uint32_t i) { return position{i, 0}; }))
      .event_time(&fraud::transaction::tx_datetime, leat::monotonous())
      .key_by(&fraud::transaction::customer_id)
      .sorted_by_event_time("by-time")
      .process<fraud::customer_profiles>("customer-profiles")
      .key_by([](const fraud::customer_scored& c) { return c.paid.terminal_id; })
      .sorted_by_event_time("by-time-again")
      .process<fraud::terminal_profiles>("terminal-profiles")
      .map([model = fraud::model{}](const fraud::assessed& a) { return score(model, a); })
      .sink("finish", finish<scored>(line, digest));
  const std::string failure = run_engine(app, cores, options_for(cores));
  measured m = line.result(static_cast<double>(p->all.size()));
  if (!failure.empty()) m.failure = failure;
  return m;
}

void run(benchmark::State& state, std::uint32_t cores, const effort& e) {
  const auto p = std::make_shared<const payments>(make_payments(e));
  compare(
      state, cores, e.rounds, [&] { return cores == 1 ? plain_on_one(*p) : plain_on_two(*p); },
      [&] { return engine(p, cores); });
}

}  // namespace

void register_fraud(const effort& e) {
  for (const std::uint32_t cores : {1U, 2U})
    add("fraud/cores:" + std::to_string(cores), [=](benchmark::State& state) { run(state, cores, e); });
}

}  // namespace bench
