/// Passes each message on once: one whose number has been seen within the last hour is a repetition.
///
/// Run:  build/bin/state_ttl
/// See:  one JSON line for each number, three of five messages.

#include <leat/leat.hpp>

using namespace std::chrono_literals;

struct message {
  std::uint64_t number;
  std::string text;
  LEAT_FIELDS(number, text);
};

// [snippet: function]
class first_of_each : public leat::keyed_process<std::uint64_t, message, message> {
 public:
  void process(const message& m, context&, leat::output<message>& out) override {
    if (!seen_.has()) out.emit(m);
    seen_.set(true);  // the hour begins anew with each repetition
  }

 private:
  leat::expiring_value_state<bool> seen_{*this, "seen", {.ttl = 1h}};
};
// [end]

int main(int argc, char** argv) {
  leat::application app{"state_ttl", "Passes each message on once."};
  app.source("messages", leat::from_collection<message>({{1, "one"}, {2, "two"}, {1, "one"}, {3, "three"}, {2, "two"}}))
      .key_by(&message::number)
      .process<first_of_each>("first-of-each")
      .sink("stdout", leat::print_sink<message>());
  return app.main(argc, argv);
}
