/// A side output: payments that an account cannot cover leave on a way of their own.
///
/// Run:  build/bin/side_output
/// See:  lines that begin with "booked" or "refused".

#include <leat/leat.hpp>

struct payment {
  std::uint64_t account;
  double eur;  ///< negative: paid out
  LEAT_FIELDS(account, eur);
};

// [snippet: function]
const leat::output_tag<payment> refused{"refused"};

/// Books payments; those that would overdraw the account go to the side output.
class accounts : public leat::keyed_process<std::uint64_t, payment, payment> {
 public:
  void process(const payment& p, context& ctx, leat::output<payment>& out) override {
    const double after = balance_.value_or(0) + p.eur;
    if (after < 0) return ctx.emit(refused, p);
    balance_.set(after);
    out.emit(p);
  }

 private:
  leat::value_state<double> balance_{*this, "balance"};
};
// [end]

int main(int argc, char** argv) {
  leat::application app{"side_output", "Books payments and refuses some."};
  // [snippet: graph]
  auto booked = app.source("payments", leat::from_collection<payment>({{1, 50}, {2, -1}, {1, -30}, {1, -30}}))
                    .key_by(&payment::account)
                    .process<accounts>("accounts");
  booked.sink("booked", leat::print_sink<payment>("booked "));
  booked.side_output(refused).sink("refused", leat::print_sink<payment>("refused "));
  // [end]
  return app.main(argc, argv);
}
