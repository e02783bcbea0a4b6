#include <leat/core/watermark_valve.hpp>

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

namespace {

using leat::stream_status;
using leat::watermark;
using enum leat::stream_status;

/// What comes in on a channel or an input, and what must come out for it: "", "5", "idle", "10 idle".
struct event {
  std::uint32_t from;
  std::variant<int, stream_status> what;
  std::string want = "";
};

std::string text(const leat::valve_output& out) {
  std::string s;
  if (out.advanced) s = std::to_string(out.advanced->at.ms());
  if (out.status) s += std::string{s.empty() ? "" : " "} + (*out.status == idle ? "idle" : "active");
  return s;
}

struct scenario {
  const char* title;
  std::uint32_t count;
  std::vector<event> events;
};

template <class Merger>
void run(const scenario& s) {
  CAPTURE(s.title);
  Merger merger{s.count};
  for (std::size_t i = 0; i < s.events.size(); ++i) {
    const event& e = s.events[i];
    CAPTURE(i);
    const leat::valve_output out =
        std::holds_alternative<int>(e.what)
            ? merger.take_watermark(e.from, watermark{leat::event_time{std::get<int>(e.what)}})
            : merger.take_status(e.from, std::get<stream_status>(e.what));
    CHECK(text(out) == e.want);
  }
}

}  // namespace

TEST_CASE("valve: channels of one input") {
  for (const scenario& s : std::vector<scenario>{
           {"falling and repeated watermarks say nothing", 1, {{0, 25, "25"}, {0, 18}, {0, 25}, {0, 42, "42"}}},
           {"all channels must have spoken", 3, {{0, 0}, {1, 0}, {2, 0, "0"}, {0, 5}, {1, 5}, {2, 3, "3"}}},
           {"the output advances as channels fall silent one by one",
            3,
            {{0, 25}, {1, 10}, {2, 17, "10"}, {1, idle, "17"}, {2, idle, "25"}, {0, idle, "idle"}}},
           {"the maximum is flushed when the holder of the minimum falls silent last",
            3,
            {{0, 10}, {1, 5}, {2, 3, "3"}, {0, idle}, {1, idle}, {2, idle, "10 idle"}, {1, active, "active"}}},
           {"a returning channel is left out until it has caught up",
            3,
            {{0, 10}, {1, 7}, {2, 3, "3"}, {2, idle, "7"}, {2, active}, {2, 5}, {2, 9}, {1, 12, "9"}}},
           {"a returning channel that is ahead counts at once",
            2,
            {{0, 5}, {1, 8, "5"}, {1, idle}, {1, active}, {0, 9, "8"}, {1, 12, "9"}}},
           {"a channel that is behind and falls silent again changes nothing",
            2,
            {{0, 7}, {1, 10, "7"}, {0, idle, "10"}, {0, active}, {0, 9}, {0, idle}}},
           {"active channels that are all behind emit nothing, not the end of time",
            3,
            {{0, 10}, {1, 7}, {2, idle, "7"}, {2, active}, {0, idle}, {1, idle}}},
           {"watermarks of idle channels are not remembered",
            2,
            {{0, 5}, {1, 6, "5"}, {0, idle, "6"}, {0, 50}, {1, 20, "20"}, {0, active}, {1, 30, "30"}}},
           {"a channel idle from the start does not hold back the others", 2, {{1, idle}, {0, 4, "4"}}},
           {"repeated statuses say nothing",
            2,
            {{0, active}, {0, idle}, {0, idle}, {1, idle, "idle"}, {1, idle}, {1, active, "active"}, {0, active}}},
       }) {
    run<leat::watermark_valve>(s);
  }
}

TEST_CASE("combiner: inputs of one operator") {
  for (const scenario& s : std::vector<scenario>{
           {"minimum, without repeats and falls",
            2,
            {{0, 5}, {1, 3, "3"}, {1, 4, "4"}, {1, 4}, {1, 2}, {1, 9, "5"}, {0, 7, "7"}}},
           {"a returning input holds the output until it has caught up",
            2,
            {{0, 2}, {1, 5, "2"}, {0, idle, "5"}, {0, active}, {1, 9}, {0, 4}, {0, 7, "7"}}},
           {"a watermark ends an input's idleness",
            2,
            {{0, 2}, {1, 5, "2"}, {0, idle, "5"}, {0, 3}, {1, 9}, {0, 7, "7"}}},
           {"idle once all are, active with the first; what is known then counts",
            2,
            {{0, idle}, {1, 5, "5"}, {1, idle, "idle"}, {0, idle}, {1, active, "active"}, {1, 6, "6"}}},
           {"no input speaks for the others before it has a watermark",
            3,
            {{0, 1}, {1, idle}, {2, idle, "1"}, {0, 3, "3"}, {1, active}, {0, 4}, {1, 5, "4"}}},
       }) {
    run<leat::watermark_combiner>(s);
  }
}

TEST_CASE("merging never goes back, whatever comes in") {
  leat::watermark_valve valve{2};
  CHECK(valve.output() == watermark::none());
  valve.take_watermark(0, watermark::end());
  CHECK(valve.output() == watermark::none());
  CHECK(valve.take_watermark(1, watermark::end()).advanced == watermark::end());
  CHECK_FALSE(valve.take_watermark(1, watermark{leat::event_time{5}}).advanced);
}
