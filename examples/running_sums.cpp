/// Running totals per account.
///
/// Run:  build/bin/running_sums
/// See:  one JSON line per payment with the account's total so far.

#include <leat/leat.hpp>

struct payment {
  std::uint64_t account;
  double eur;
  leat::event_time at;
  LEAT_FIELDS(account, eur, at);
};

struct total {
  std::uint64_t account;
  double eur;
  LEAT_FIELDS(account, eur);
};

class running_total : public leat::keyed_process<std::uint64_t, payment, total> {
 public:
  void process(const payment& p, context&, leat::output<total>& out) override {
    sum_.set(sum_.value_or(0) + p.eur);
    out.emit({p.account, sum_.get()});
  }

 private:
  leat::value_state<double> sum_{*this, "sum"};
};

int main(int argc, char** argv) {
  leat::application app{"running_sums", "Adds up the payments of each account."};
  app.source("payments",
             leat::from_collection<payment>(
                 {{1, 10, leat::event_time{1000}}, {2, 5, leat::event_time{2000}}, {1, 2.5, leat::event_time{3000}}}))
      .event_time(&payment::at, leat::monotonous())
      .key_by(&payment::account)
      .process<running_total>("totals")
      .sink("stdout", leat::print_sink<total>());
  return app.main(argc, argv);
}
