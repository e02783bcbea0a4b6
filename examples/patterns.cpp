/// Patterns: what a user does in which order, and what was expected and did not come.
///
/// Run:  build/bin/patterns
/// See:  ann paid for her basket, bob left his for a quarter of an hour, cyd's payments more than doubled twice. The
///       second of them comes after the third and is put in its place by its time.

#include <leat/leat.hpp>
#include <leat/patterns.hpp>

using namespace std::chrono_literals;

struct action {
  std::string user;
  std::string what;
  double eur = 0;
  leat::event_time at;
  LEAT_FIELDS(user, what, eur, at);
};
struct basket {
  std::string user;
  double eur = 0;
  LEAT_FIELDS(user, eur);
};
struct rise {
  std::string user;
  double first = 0;
  double last = 0;
  LEAT_FIELDS(user, first, last);
};

bool is_basket(const action& a) { return a.what == "basket"; }
bool is_payment(const action& a) { return a.what == "pay"; }

/// Baskets that were paid for, and those that were left.
void follow_baskets(leat::stream<action> actions) {
  // [snippet: shopping]
  const auto shopping = leat::pattern<action>::begin("basket")
                            .where(is_basket)
                            .followed_by("paid")
                            .where(is_payment)
                            .within(15min)
                            .after_match(leat::skip_past_last_event());
  const leat::output_tag<basket> left{"left"};
  auto bought =
      actions.key_by(&action::user)
          .match(shopping)
          .timed_out_to(left, [](const std::string& user,
                                 const leat::matched<action>& m) { return basket{user, m.first("basket").eur}; })
          .select("bought", [](const std::string& user, const leat::matched<action>& m) {
            return basket{user, m.first("paid").eur};
          });
  bought.sink("bought-out", leat::print_sink<basket>("bought "));
  bought.side_output(left).sink("left-out", leat::print_sink<basket>("left "));
  // [end]
}

/// Three payments, each more than twice the one before.
void watch_payments(leat::stream<action> actions) {
  // [snippet: rising]
  const auto doubles = [](const action& a, const leat::matched<action>& so_far) {
    return is_payment(a) && (!so_far.has("rising") || a.eur > 2 * so_far.last("rising").eur);
  };
  const auto rising = leat::pattern<action>::begin("rising").where(doubles).times(3).within(1h);
  actions.key_by(&action::user)
      .match(rising)
      .select("rising",
              [](const std::string& user, const leat::matched<action>& m) {
                return rise{user, m.first("rising").eur, m.last("rising").eur};
              })
      .sink("rising-out", leat::print_sink<rise>("rising "));
  // [end]
}

int main(int argc, char** argv) {
  const auto at = [](std::int64_t minute) { return leat::event_time{minute * 60'000}; };
  leat::application app{"patterns", "Looks for patterns in what users do."};
  auto actions = app.source("actions", leat::from_collection<action>({{"ann", "basket", 40, at(0)},
                                                                      {"bob", "basket", 15, at(1)},
                                                                      {"cyd", "pay", 10, at(2)},
                                                                      {"ann", "pay", 40, at(5)},
                                                                      {"cyd", "pay", 100, at(9)},
                                                                      {"cyd", "pay", 30, at(8)},
                                                                      {"bob", "pay", 15, at(40)}}))
                     .event_time(&action::at, leat::bounded_out_of_orderness(2min));
  follow_baskets(actions);
  watch_payments(actions);
  return app.main(argc, argv);
}
