// fraud: scores card transactions as they come, and makes transactions to score.
//
//   fraud generate --days 60 --out transactions/
//   fraud run --transactions transactions/ --alerts-out alerts/
//   fraud rule --transactions walkthrough.csv

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <leat/leat.hpp>

#include "generate.hpp"
#include "malformed_rows.hpp"
#include "model.hpp"
#include "paced_source.hpp"
#include "profiles.hpp"
#include "rule.hpp"
#include "simulated_source.hpp"

namespace {

/// There is no graph to be described from these options.
[[noreturn]] void refuse(const std::string& command, const std::string& why) {
  std::cerr << "fraud " << command << ": " << why << "\nTry 'fraud " << command << " --help'.\n";
  std::exit(2);
}

// ---- run

struct run_options {
  std::string transactions;
  std::optional<std::uint32_t> generate_days;
  std::uint64_t seed = 1;
  std::string features_out;
  std::string alerts_out;
  fraud::model model;
  double threshold = 0.5;
  fraud::replay_speed speed;
  leat::duration out_of_order{0};
  fraud::malformed_rows malformed;
};

template <class Source>
leat::stream<fraud::transaction> add_source(leat::application& app, Source source, const fraud::replay_speed& speed) {
  if (speed.factor)
    return app.source("transactions",
                      fraud::paced_source{std::move(source), &fraud::transaction::tx_datetime, *speed.factor});
  return app.source("transactions", std::move(source));
}

leat::stream<fraud::transaction> add_transactions(leat::application& app, const run_options& options) {
  if (!options.generate_days)
    return add_source(
        app, options.malformed.applied_to(leat::csv_files<fraud::transaction>(options.transactions).in_order()),
        options.speed);
  fraud::traffic_options traffic;
  traffic.seed = options.seed;
  return add_source(app,
                    leat::generate(fraud::traffic_position{}, fraud::simulated_days{traffic, *options.generate_days}),
                    options.speed);
}

leat::result<void> describe_run(leat::application& app, const run_options& options) {
  if (options.transactions.empty() == !options.generate_days)
    return leat::error{leat::errc::invalid_argument, "give either --transactions or --generate-days"};
  if (options.generate_days && *options.generate_days == 0)
    return leat::error{leat::errc::invalid_argument, "--generate-days: there must be at least one"};
  if (!(options.threshold >= 0 && options.threshold <= 1))
    return leat::error{leat::errc::invalid_argument, "--threshold: a score is a number from 0 to 1"};
  auto assessed = fraud::assess(
      add_transactions(app, options)
          .event_time(&fraud::transaction::tx_datetime, leat::bounded_out_of_orderness(options.out_of_order)));

  if (!options.features_out.empty())
    assessed.map([](const fraud::assessed& a) { return a.features; })
        .sink("features", leat::csv_sink<fraud::feature_row>(options.features_out));

  auto alerts = assessed.flat_map<fraud::alert>([model = options.model, threshold = options.threshold](
                                                    const fraud::assessed& a, leat::output<fraud::alert>& out) {
    const double score = model.score(a);
    if (score >= threshold) out.emit({a.features.transaction_id, score, "model"});
  });
  if (!options.alerts_out.empty())
    alerts.sink("alerts", leat::csv_sink<fraud::alert>(options.alerts_out));
  else if (options.features_out.empty())
    alerts.sink("alerts", leat::print_sink<fraud::alert>());
  return {};
}

/// Nothing is lost silently.
int report_dropped(const leat::job_report& report) {
  std::uint64_t late = 0;
  std::uint64_t malformed = 0;
  for (const auto& o : report.operators) {
    late += o->late_records;
    malformed += o->dropped_records;
  }
  if (malformed > 0) std::cerr << "fraud: " << malformed << " malformed rows were passed over; see --malformed\n";
  if (late > 0) std::cerr << "fraud: " << late << " transactions came too late and were dropped; see --out-of-order\n";
  return 0;
}

void add_run(leat::application& app, run_options& options) {
  auto& run = app.command("run", "Computes the features of card transactions, scores them and raises alerts.");
  run.option("--transactions", options.transactions,
             "Transactions in time order: a CSV file, also .gz or .zst, or a directory of them, "
             "read in name order")
      .placeholder("FILE_OR_DIR");
  run.option("--generate-days", options.generate_days, "Simulate the transactions of so many days instead")
      .placeholder("N");
  run.option("--seed", options.seed, "Seed of the simulation; default: 1").placeholder("N");
  run.option("--out-of-order", options.out_of_order,
             "How much older than its predecessors a transaction may be; older ones are dropped "
             "and counted; default: 0s")
      .placeholder("TIME");
  run.option("--malformed", options.malformed,
             "What becomes of malformed rows: fail, skip (and count) or dead-letter:DIR (skip, count, and write them "
             "there with the reason); default: fail")
      .placeholder("POLICY");
  run.option("--features-out", options.features_out, "Write the features there as CSV").placeholder("DIR");
  run.option("--alerts-out", options.alerts_out,
             "Write the alerts there as CSV; without either directory they are printed")
      .placeholder("DIR");
  run.option("--model", options.model, "A logistic model: feature,weight,mean,std; default: a built-in one")
      .placeholder("FILE");
  run.option("--threshold", options.threshold, "Lowest score that raises an alert, 0 to 1; default: 0.5")
      .placeholder("SCORE");
  run.option("--speed", options.speed,
             "Replay so many times as fast as it happened, or as fast as possible; default: max")
      .placeholder("N|max");
  run.graph([&options](leat::application& a) { return describe_run(a, options); });
  run.after(report_dropped);
}

// ---- rule

struct rule_options {
  std::string transactions;
  std::string alerts_out;
  leat::duration within{0};
};

/// Whether the header of what lies at `path` has the columns of Row.
template <class Row>
bool has_columns_of(const std::string& path) {
  const leat::connector_context context{"transactions", {}, 1, &leat::posix_file_system(), &leat::system_clock()};
  const auto source = leat::csv_files<Row>(path).in_order();
  const auto splits = source.splits(context);
  return splits && !splits->empty() && source.open(splits->front(), "", context).has_value();
}

template <class Row>
leat::stream<fraud::payment> add_payments(leat::application& app, const std::string& path) {
  return app.source("transactions", leat::csv_files<Row>(path).in_order())
      .event_time([](const Row& row) { return row.as_payment().at; }, leat::monotonous())
      .map([](const Row& row) { return row.as_payment(); });
}

void describe_rule(leat::application& app, const rule_options& options) {
  // What is neither fails as the Handbook's when it is read, with the columns that are missing.
  auto payments = has_columns_of<fraud::walkthrough_row>(options.transactions)
                      ? add_payments<fraud::walkthrough_row>(app, options.transactions)
                      : add_payments<fraud::handbook_row>(app, options.transactions);
  auto alerts =
      payments.key_by(&fraud::payment::account).process<fraud::small_then_large>("small-then-large", options.within);
  if (options.alerts_out.empty())
    alerts.sink("alerts", leat::print_sink<fraud::rule_alert>());
  else
    alerts.sink("alerts", leat::csv_sink<fraud::rule_alert>(options.alerts_out));
}

void add_rule(leat::application& app, rule_options& options) {
  auto& rule =
      app.command("rule", "Raises an alert for an amount over 500 directly after one under 1 of the same account.");
  rule.option("--transactions", options.transactions,
              "CSV with seq,account,event_ms,amount or "
              "transaction_id,tx_datetime,customer_id,amount_cents")
      .placeholder("FILE_OR_DIR")
      .required();
  rule.option("--alerts-out", options.alerts_out, "Write the alerts there as CSV instead of printing them")
      .placeholder("DIR");
  rule.option("--within", options.within, "How soon the large amount must follow; default: 0s, however late")
      .placeholder("TIME");
  rule.graph([&options](leat::application& a) { describe_rule(a, options); });
}

// ---- generate

struct generate_options {
  fraud::traffic_options traffic;
  std::string start = "2018-04-01";
  std::uint32_t days = 30;
  std::string out;
};

int generate(generate_options& options) {
  if (options.days == 0) refuse("generate", "--days: there must be at least one.");
  if (options.traffic.customers == 0) refuse("generate", "--customers: there must be at least one.");
  if (options.traffic.terminals == 0) refuse("generate", "--terminals: there must be at least one.");
  if (!(options.traffic.radius >= 0 && std::isfinite(options.traffic.radius)))
    refuse("generate", "--radius: a length is a number from 0.");
  const auto start = fraud::parse_date(options.start);
  if (!start) refuse("generate", "--start-date: " + start.error().detail + ".");
  options.traffic.start = *start;
  const auto written = fraud::generate(options.traffic, options.days, options.out, std::cout);
  if (written) return 0;
  std::cerr << "fraud generate: " << written.error().detail << '\n';
  return 1;
}

void add_generate(leat::application& app, generate_options& options) {
  auto& generate_command = app.command("generate", "Simulates card transactions, some of them fraud, as CSV.");
  auto& traffic = options.traffic;
  generate_command.option("--out", options.out, "A file, or a directory ('dir/') for a file per day; default: printed")
      .placeholder("FILE_OR_DIR");
  generate_command.option("--days", options.days, "Number of days; default: 30").placeholder("N");
  generate_command.option("--start-date", options.start, "The first day; default: 2018-04-01").placeholder("DATE");
  generate_command.option("--seed", traffic.seed, "The same seed gives the same bytes everywhere; default: 1")
      .placeholder("N");
  generate_command.option("--customers", traffic.customers, "Default: 5000").placeholder("N");
  generate_command.option("--terminals", traffic.terminals, "Default: 10000").placeholder("N");
  generate_command
      .option("--radius", traffic.radius, "How far from home customers pay, on a map of 100 by 100; default: 5")
      .placeholder("LENGTH");
  generate_command
      .option("--compromised-terminals", traffic.compromised_terminals_per_day,
              "Terminals that are compromised each day, for 28 days; default: 2")
      .placeholder("N");
  generate_command
      .option("--compromised-cards", traffic.compromised_cards_per_day,
              "Cards that are compromised each day, for 14 days; default: 3")
      .placeholder("N");
  generate_command.action([&options] { return generate(options); });
}

}  // namespace

int main(int argc, char** argv) {
  run_options run;
  rule_options rule;
  generate_options generated;
  leat::application app{"fraud", "Scores card transactions as they come, and makes transactions to score."};
  add_run(app, run);
  add_rule(app, rule);
  add_generate(app, generated);
  return app.main(argc, argv);
}
