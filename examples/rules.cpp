/// A rules stream against a data stream: the limits in force reach every subtask, payments come by card.
///
/// Run:  build/bin/rules
/// See:  lines that begin with "over".

#include <leat/connected_streams.hpp>
#include <leat/leat.hpp>

struct limit {
  std::string country;
  double eur;
  leat::event_time at;
  LEAT_FIELDS(country, eur, at);
};
struct payment {
  std::uint64_t card;
  std::string country;
  double eur;
  leat::event_time at;
  LEAT_FIELDS(card, country, eur, at);
};

// [snippet: function]
/// Emits payments that bring what a card has spent in a country above that country's limit. Payments wait until the
/// watermark has passed them, so that the limits of their time are known, whichever stream is read faster.
class over_limit : public leat::keyed_broadcast_process<std::uint64_t, payment, limit, payment> {
 public:
  void process(const payment& p, context& ctx, leat::output<payment>&) override {
    waiting_.at(p.at).push_back(p);
    ctx.register_event_timer(p.at);
  }
  void on_timer(const leat::timer& t, context&, leat::output<payment>& out) override {
    const leat::event_time now{t.at_ms};
    for (const payment& p : waiting_.at(now)) {
      double& spent = spent_.at(p.country);
      spent += p.eur;
      const limit* const in_force = limits_.find(p.country);
      if (in_force != nullptr && in_force->at <= p.at && spent > in_force->eur) out.emit(p);
    }
    waiting_.remove(now);
  }
  void process_broadcast(const limit& l, rule_context&, leat::output<payment>&) override { limits_.put(l.country, l); }

 private:
  leat::map_state<leat::event_time, std::vector<payment>> waiting_{*this, "waiting"};
  leat::map_state<std::string, double> spent_{*this, "spent"};
  leat::broadcast_state<std::string, limit> limits_{*this, "limits"};
};
// [end]

int main(int argc, char** argv) {
  leat::application app{"rules", "Finds payments above the limits in force."};
  using leat::event_time;
  // [snippet: graph]
  auto limits =
      app.source("limits", leat::from_collection<limit>({{"FR", 100, event_time{0}}, {"IT", 50, event_time{5}}}))
          .event_time(&limit::at, leat::monotonous());
  auto payments = app.source("payments", leat::from_collection<payment>({{1, "FR", 80, event_time{1}},
                                                                         {1, "FR", 30, event_time{2}},
                                                                         {2, "FR", 90, event_time{3}},
                                                                         {2, "IT", 60, event_time{4}},
                                                                         {2, "IT", 1, event_time{6}}}))
                      .event_time(&payment::at, leat::monotonous());
  payments.key_by(&payment::card)
      .connect(limits.broadcast())
      .process<over_limit>("over-limit")
      .sink("over", leat::print_sink<payment>("over "));
  // [end]
  return app.main(argc, argv);
}
