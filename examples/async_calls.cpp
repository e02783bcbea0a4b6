/// Asks a slow service about each payment, many at a time, and keeps the order of the payments.
///
/// Run:  build/bin/async_calls
/// See:  one JSON line per payment with the score that the service gave it; -1 for the one that it never answers.

#include <leat/leat.hpp>

#include <thread>

using namespace std::chrono_literals;

struct payment {
  std::uint64_t number;
  double eur;
  LEAT_FIELDS(number, eur);
};
struct scored {
  std::uint64_t number;
  double score;
  LEAT_FIELDS(number, score);
};

/// Stands for a request over the network, which takes a while and now and then fails.
double ask_service(const payment& p) {
  static std::atomic<bool> busy{true};
  std::this_thread::sleep_for(std::chrono::milliseconds{p.number * 7 % 5});
  if (p.number == 3 && busy.exchange(false)) throw std::runtime_error{"the service is busy"};
  if (p.number == 4) std::this_thread::sleep_for(1s);
  return p.eur / 1000;
}

int main(int argc, char** argv) {
  leat::application app{"async_calls", "Scores payments by a slow service."};
  const auto payments = leat::from_collection<payment>({{1, 10}, {2, 950}, {3, 20}, {4, 480}, {5, 30}});
  // [snippet: graph]
  const auto score = [](const payment& p) { return scored{p.number, ask_service(p)}; };
  app.source("payments", payments)
      .async_map<scored>("scores", leat::on_threads(8, score),
                         {.capacity = 200,
                          .timeout = 500ms,
                          .on_timeout = [](const payment& p) { return std::vector{scored{p.number, -1}}; },
                          .retries = leat::call_retries::exponential_delay(5, 10ms, 1s)})
      .sink("stdout", leat::print_sink<scored>());
  // [end]
  return app.main(argc, argv);
}
