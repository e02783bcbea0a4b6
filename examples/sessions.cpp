/// A keyed function with timers: a visit ends when its user has been silent for half a minute of event time.
///
/// Run:  build/bin/sessions
/// See:  one JSON line per visit; ann has two, because she was away for longer than that.

#include <leat/leat.hpp>

using namespace std::chrono_literals;

struct click {
  std::string user;
  leat::event_time at;
  LEAT_FIELDS(user, at);
};

struct visit {
  std::string user;
  std::uint64_t clicks = 0;
  leat::event_time first;
  leat::event_time last;
  LEAT_FIELDS(user, clicks, first, last);
};

// [snippet: function]
/// Gathers the clicks of a user until none has come for 30 s. Takes clicks in order of event time.
class visits : public leat::keyed_process<std::string, click, visit> {
 public:
  void process(const click& c, context& ctx, leat::output<visit>& out) override {
    visit& v = open_.at();  // this user's; made with its defaults if there is none
    if (v.clicks > 0) ctx.delete_event_timer(v.last + gap);
    if (v.clicks > 0 && c.at >= v.last + gap) out.emit(std::exchange(v, {}));  // the watermark is not there yet
    if (v.clicks++ == 0) v.user = c.user, v.first = c.at;
    v.last = c.at;
    ctx.register_event_timer(v.last + gap);
  }

  void on_timer(const leat::timer&, context&, leat::output<visit>& out) override {
    out.emit(open_.get());
    open_.clear();  // the key has neither state nor timer now: nothing of it is kept
  }

 private:
  static constexpr leat::duration gap = 30s;
  leat::value_state<visit> open_{*this, "open"};
};
// [end]

int main(int argc, char** argv) {
  const auto at = [](std::int64_t second) { return leat::event_time{second * 1000}; };
  leat::application app{"sessions", "Groups clicks into visits."};
  // [snippet: graph]
  app.source("clicks", leat::from_collection<click>(
                           {{"ann", at(0)}, {"bob", at(5)}, {"ann", at(20)}, {"ann", at(12)}, {"ann", at(55)}}))
      .event_time(&click::at, leat::bounded_out_of_orderness(10s))
      .key_by(&click::user)
      .sorted_by_event_time("sorted")
      .process<visits>("visits")
      .sink("stdout", leat::print_sink<visit>());
  // [end]
  return app.main(argc, argv);
}
