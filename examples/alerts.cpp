/// The program of the README: an alert for a large payment directly after a tiny one of the same card.
///
/// Run:  mkdir payments && printf 'card,eur,at\n7,0.5,1000\n7,900,2000\n' > payments/day1.csv && build/bin/alerts
/// See:  the committed alerts in alerts/part-*.csv.

#include <leat/leat.hpp>

struct payment {
  std::uint64_t card;
  double eur;
  leat::event_time at;
  LEAT_FIELDS(card, eur, at);
};

struct alert {
  std::uint64_t card;
  double eur;
  LEAT_FIELDS(card, eur);
};

/// Raises an alert for a large payment directly after a tiny one of the same card.
class fraud_detector : public leat::keyed_process<std::uint64_t, payment, alert> {
 public:
  void process(const payment& p, context&, leat::output<alert>& out) override {
    if (small_before_.value_or(false) && p.eur > 500) out.emit({p.card, p.eur});
    small_before_.set(p.eur < 1);
  }

 private:
  leat::value_state<bool> small_before_{*this, "small-before"};
};

int main(int argc, char** argv) {
  leat::application app{"alerts", "Raises alerts for card payments."};
  app.source("payments", leat::csv_files<payment>("payments/").in_order())
      .event_time(&payment::at, leat::monotonous())
      .key_by(&payment::card)
      .process<fraud_detector>("detector")
      .sink("alerts", leat::csv_sink<alert>("alerts/"));
  return app.main(argc, argv);
}
