// Watermark strategies at a source with splits and in the middle of a stream.

#include <leat/operators/custom_watermarks.hpp>
#include <leat/operators/event_time_assigner.hpp>
#include <leat/operators/split_source.hpp>

#include <doctest/doctest.h>

#include <leat/testing/operator_harness.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using leat::duration;
using leat::event_time;
using leat::processing_time;
using leat::stream_status;
using leat::watermark;

struct reading {
  std::int64_t at = 0;
  bool marked = false;
  LEAT_FIELDS(at, marked);
};
using readings = std::vector<reading>;

/// Splits that read one record at a time and then wait, or end.
class scripted final : public leat::source_connector<reading> {
 public:
  scripted(std::map<std::string, readings> splits, bool ends) : splits_(std::move(splits)), ends_(ends) {}

  leat::result<std::vector<leat::source_split>> splits(const leat::connector_context&) const override {
    std::vector<leat::source_split> all;
    for (const auto& [id, r] : splits_) all.push_back({id});
    return all;
  }
  leat::result<std::unique_ptr<leat::split_reader<reading>>> open(const leat::source_split& split, std::string_view,
                                                                  const leat::connector_context&) const override {
    return std::unique_ptr<leat::split_reader<reading>>(std::make_unique<reader>(splits_.at(split.id), ends_));
  }

 private:
  class reader final : public leat::split_reader<reading> {
   public:
    reader(readings all, bool ends) : all_(std::move(all)), ends_(ends) {}
    leat::result<leat::read_result> read(leat::batch<reading>& to) override {
      if (next_ < all_.size()) return to.push(all_[next_++], leat::no_event_time), leat::read_result{};
      return leat::read_result{ends_ ? leat::read_result::state::finished : leat::read_result::state::waiting,
                               processing_time::max()};
    }
    [[nodiscard]] std::string position() const override { return std::to_string(next_); }

   private:
    readings all_;
    bool ends_;
    std::size_t next_ = 0;
  };

  std::map<std::string, readings> splits_;
  bool ends_;
};

leat::event_timing<reading> timing(leat::watermark_strategy strategy) {
  return {[](const reading* values, std::size_t count, std::int64_t* times) {
            std::int64_t newest = leat::no_event_time;
            for (std::size_t i = 0; i < count; ++i) newest = std::max(newest, times[i] = values[i].at);
            return newest;
          },
          std::move(strategy),
          {}};
}
template <class G>
leat::event_timing<reading> timing(const leat::custom_watermark_strategy<G>& strategy) {
  auto t = timing(strategy.rest());
  t.make_generator = [strategy] {
    return std::make_unique<leat::record_generator_by<reading, G>>(strategy.generator());
  };
  return t;
}

/// A source without actors. What it puts out is written down: "7" for a record, "w6" for a watermark, "idle".
class source final : private leat::output_port {
 public:
  source(std::map<std::string, readings> splits, leat::event_timing<reading> t, bool ends = false)
      : op_(std::make_shared<const scripted>(std::move(splits), ends), std::move(t)) {
    leat::operator_context context;
    context.uid = "under-test";
    context.time = &clock_;
    leat::output_port* const ports[] = {this};
    REQUIRE(op_.open(context, ports));
    REQUIRE(op_.restored(std::nullopt));
  }

  std::string poll() {
    finished_ = op_.poll().next == leat::poll_result::state::finished;
    return std::exchange(out_, {});
  }
  /// Polls until nothing comes.
  std::string drain() {
    std::string all;
    for (std::string more = poll(); !more.empty(); more = poll()) all += more;
    return all;
  }
  /// Moves the clock there, a millisecond at a time, with what must happen on the way.
  std::string clock(std::int64_t to) {
    while (clock_.now().ms() < to) {
      clock_.set(clock_.now() + duration{1});
      if (const auto due = op_.next_processing_time(); due && *due <= clock_.now())
        CHECK(op_.advance_processing_time(clock_.now(), 1));
    }
    return std::exchange(out_, {});
  }
  leat::split_source<reading>& op() { return op_; }
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  void push(leat::batch_ptr& b) override {
    for (std::size_t i = 0; i < b->size(); ++i) say(std::to_string(b->times()[i]));
    b->clear();
  }
  void push_watermark(watermark w) override { say(w == watermark::end() ? "end" : "w" + std::to_string(w.at.ms())); }
  void push_status(stream_status s) override { say(s == stream_status::idle ? "idle" : "active"); }
  void say(const std::string& what) { out_ += what + " "; }

  leat::manual_clock clock_;
  leat::split_source<reading> op_;
  std::string out_;
  bool finished_ = false;
};

/// Promises what a marked record says.
const auto marks = leat::punctuated(
    [](const reading& r, event_time at) { return r.marked ? std::optional{watermark{at}} : std::nullopt; });

TEST_CASE("the built-in strategies") {
  const readings some{{3}, {9}, {7}, {12}};
  CHECK(source({{"a", some}}, timing(leat::monotonous())).drain() == "3 w2 9 w8 7 12 w11 ");
  CHECK(source({{"a", some}}, timing(leat::bounded_out_of_orderness(duration{4}))).drain() == "3 w-2 9 w4 7 12 w7 ");
  CHECK(source({{"a", some}}, timing(leat::no_watermarks()), true).drain() == "3 9 7 12 end ");
}

TEST_CASE("punctuated watermarks stand in the data") {
  CHECK(source({{"a", {{5}, {6, true}, {8}, {7, true}, {7, true}, {4, true}, {9}}}}, timing(marks)).drain() ==
        "5 6 w6 8 7 w7 7 4 9 ");
}

TEST_CASE("each split has a generator of its own; the source's watermark is the least") {
  // Promises the newest time of every second record of its split.
  struct every_second {
    int count = 0;
    std::int64_t newest = leat::no_event_time;
    std::optional<watermark> on_record(const reading&, event_time at) {
      newest = std::max(newest, at.ms());
      return ++count % 2 == 0 ? std::optional{watermark{event_time{newest}}} : std::nullopt;
    }
  };
  CHECK(source({{"a", {{10}, {12}, {14}, {16}}}, {"b", {{1}, {2}, {3}, {20}}}},
               timing(leat::custom_watermarks(every_second{})))
            .drain() == "10 1 12 2 w2 14 3 16 20 w16 ");
}

/// Promises that what happened 5 ms ago is there.
struct by_the_clock {
  std::optional<watermark> on_record(const reading&, event_time) { return std::nullopt; }
  std::optional<watermark> on_periodic(processing_time now) { return watermark{event_time{now.ms() - 5}}; }
};

TEST_CASE("a generator may follow the clock, also while nothing comes") {
  source s{{{"a", {{3}}}}, timing(leat::custom_watermarks(by_the_clock{}))};
  CHECK(s.poll() == "3 w-5 ");
  CHECK(s.clock(199) == "");
  CHECK(s.clock(200) == "w195 ");
  CHECK(s.clock(400) == "w395 ");
}

TEST_CASE("a silent split with watermarks of its own becomes idle and no longer counts") {
  source s{{{"a", {{5, true}, {6}, {7, true}}}, {"b", {}}}, timing(marks.idle_after(duration{40}))};
  CHECK(s.poll() == "5 ");
  CHECK(s.clock(30) == "");
  CHECK(s.poll() == "6 ");
  CHECK(s.clock(60) == "w5 ");  // b has been silent for longer than 40 ms
  CHECK(s.poll() == "7 w7 ");
  CHECK(s.clock(200) == "idle ");
}

TEST_CASE("watermarks of one's own in the middle of a stream") {
  leat::operator_harness<reading, reading> h{
      [] { return std::make_unique<leat::event_time_assigner<reading>>(timing(marks)); }, {}};
  const auto watermarks = [&] {
    std::vector<std::int64_t> all;
    for (const auto& e : h.take_output())
      if (const auto* w = std::get_if<watermark>(&e)) all.push_back(w->at.ms());
    return all;
  };
  h.process({5}, std::nullopt);
  h.advance_watermark({event_time{4}});  // another's: has no effect
  CHECK(watermarks().empty());
  h.process({6, true}, std::nullopt);
  CHECK(watermarks() == std::vector<std::int64_t>{6});
  h.advance_watermark(watermark::end());
  CHECK(watermarks() == std::vector<std::int64_t>{watermark::end().at.ms()});
}

const auto paced = leat::monotonous().keep_pace("group", duration{8});

TEST_CASE("a split waits while it is more than the lead ahead of the slowest source") {
  source s{{{"a", {{1}, {5}, {9}, {13}, {17}, {30}, {31}}}}, timing(paced)};
  s.op().keep_pace({event_time{0}});
  CHECK(s.drain() == "1 w0 5 w4 9 w8 13 w12 ");  // 12 > 0 + 8
  s.op().keep_pace({event_time{3}});
  CHECK(s.drain() == "");
  s.op().keep_pace({event_time{4}});
  CHECK(s.drain() == "17 w16 ");
  s.op().keep_pace({event_time{2}});  // the slowest fell back
  CHECK(s.drain() == "");
  s.op().keep_pace(watermark::end());  // nobody counts
  CHECK(s.drain() == "30 w29 31 w30 ");
}

TEST_CASE("before the slowest source has a watermark, one batch is read") {
  source s{{{"a", {{1}, {5}}}}, timing(paced)};
  CHECK(s.drain() == "1 w0 ");
}

TEST_CASE("only the splits that are ahead wait; they do not count as idle") {
  source s{{{"a", {{1}, {2}, {3}}}, {"b", {{1}, {50}, {51}}}}, timing(paced.idle_after(duration{20}))};
  s.op().keep_pace({event_time{0}});
  CHECK(s.drain() == "1 1 w0 2 50 w1 3 w2 ");
  CHECK(s.clock(200) == "w49 ");  // a is silent and no longer counts; b is held back and counts
}

TEST_CASE("a source tells how far it is: every quarter of the lead, when it is idle, and when it ends") {
  source s{{{"a", {{1}, {2}, {3}, {4}, {9}}}}, timing(paced), true};
  s.op().keep_pace(watermark::end());
  std::vector<std::optional<std::int64_t>> told;
  while (!s.finished()) {
    s.poll();
    if (const auto r = s.op().take_pace_report())
      told.push_back(r->reached ? std::optional{r->reached->at.ms()} : std::nullopt);
  }
  CHECK(told == std::vector<std::optional<std::int64_t>>{0, 2, 8, std::nullopt});
  CHECK_FALSE(s.op().take_pace_report());

  source silent{{{"a", {{1}}}}, timing(paced.idle_after(duration{20}))};
  silent.drain();
  CHECK(silent.op().take_pace_report() == leat::pace_report{watermark{event_time{0}}});
  silent.op().keep_pace({event_time{0}});
  silent.clock(100);
  CHECK(silent.op().take_pace_report() == leat::pace_report{std::nullopt});
}

TEST_CASE("a source in no group says nothing") {
  source s{{{"a", {{1}, {2}}}}, timing(leat::monotonous()), true};
  s.drain();
  CHECK_FALSE(s.op().take_pace_report());
}

}  // namespace
