/// Two streams in one: clicks and views of advertisements, joined by time, by window and by a function of one's own.
///
/// Run:  build/bin/joins
/// See:  lines that begin with "paid", "minute" or "idle".

#include <leat/connected_streams.hpp>
#include <leat/joins.hpp>
#include <leat/leat.hpp>

using leat::event_time;
using namespace std::chrono_literals;

struct view {
  std::string ad;
  event_time at;
  LEAT_FIELDS(ad, at);
};
struct click {
  std::string ad;
  std::string user;
  event_time at;
  LEAT_FIELDS(ad, user, at);
};
struct paid_view {
  std::string ad;
  std::string user;
  std::int64_t after_ms;
  LEAT_FIELDS(ad, user, after_ms);
};
struct minute {
  std::string ad;
  event_time from;
  std::size_t views;
  std::size_t clicks;
  LEAT_FIELDS(ad, from, views, clicks);
};

// [snippet: function]
/// Names views that were not followed by a click on the same advertisement within a minute. Which stream is read first is
/// left open, so both sides are kept until event time has passed the minute.
class idle_ads : public leat::keyed_co_process<std::string, view, click, view> {
 public:
  void process_first(const view& v, context& ctx, leat::output<view>&) override {
    ctx.register_event_timer(v.at + 1min, of_view);
  }
  void process_second(const click& c, context& ctx, leat::output<view>&) override {
    clicks_.put(c.at, c.user);
    ctx.register_event_timer(c.at + 1min, of_click);
  }
  void on_timer(const leat::timer& t, context& ctx, leat::output<view>& out) override {
    const event_time minute_ago{t.at_ms - 60'000};
    if (t.scope == of_click) return clicks_.remove(minute_ago);
    const auto click = clicks_.entries().lower_bound(minute_ago);
    if (click == clicks_.entries().end() || click->first.ms() > t.at_ms) out.emit({ctx.key(), minute_ago});
  }

 private:
  static constexpr leat::scope of_view{1};  // of timers for the same moment, this one fires first
  static constexpr leat::scope of_click{2};
  leat::map_state<event_time, std::string> clicks_{*this, "clicks"};
};
// [end]

int main(int argc, char** argv) {
  leat::application app{"joins", "Joins views and clicks of advertisements."};
  const auto seconds = [](std::int64_t s) { return event_time{s * 1000}; };
  const auto strategy = leat::bounded_out_of_orderness(5s);
  auto views =
      app.source("views", leat::from_collection<view>(
                              {{"tea", seconds(0)}, {"tea", seconds(50)}, {"ink", seconds(55)}, {"tea", seconds(70)}}))
          .event_time(&view::at, strategy);
  auto clicks =
      app.source("clicks", leat::from_collection<click>(
                               {{"tea", "ann", seconds(10)}, {"tea", "bob", seconds(58)}, {"pen", "bob", seconds(60)}}))
          .event_time(&click::at, strategy);
  auto views_by_ad = views.key_by(&view::ad);
  auto clicks_by_ad = clicks.key_by(&click::ad);

  // [snippet: interval]
  views_by_ad.interval_join(clicks_by_ad)
      .between(0s, 15s)  // a click belongs to the views of its advertisement in the 15 seconds before it
      .process<paid_view>(
          "paid", [](const std::string& ad, const leat::timed_record<view>& v, const leat::timed_record<click>& c,
                     leat::output<paid_view>& out) { out.emit({ad, c.value.user, c.at_ms - v.at_ms}); })
      .sink("paid-out", leat::print_sink<paid_view>("paid "));
  // [end]

  // [snippet: co-group]
  views_by_ad.co_group(clicks_by_ad)
      .window(leat::tumbling_windows(1min))
      .process<minute>("minutes",
                       [](const std::string& ad, const leat::time_window& w, std::span<const view> viewed,
                          std::span<const click> clicked,
                          leat::output<minute>& out) { out.emit({ad, w.start(), viewed.size(), clicked.size()}); })
      .sink("minutes-out", leat::print_sink<minute>("minute "));
  // [end]

  // [snippet: connect]
  views_by_ad.connect(clicks_by_ad).process<idle_ads>("idle").sink("idle-out", leat::print_sink<view>("idle "));
  // [end]
  return app.main(argc, argv);
}
