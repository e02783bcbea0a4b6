#include <leat/core/barrier_aligner.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using leat::alignment;
using leat::alignment_step;
using leat::barrier_aligner;
using leat::checkpoint_id;
using leat::finished_channels;
using enum leat::alignment;
using enum leat::finished_channels;

/// One event of one channel and what must follow: "abort 1 subsumed, snapshot 2, recorded 2, released".
struct event {
  enum class kind { barrier, cancellation, end };
  kind what;
  std::uint32_t channel;
  std::uint64_t id;
  std::string want;
};
event barrier(std::uint32_t channel, std::uint64_t id, std::string want = "") {
  return {event::kind::barrier, channel, id, std::move(want)};
}
event cancel(std::uint32_t channel, std::uint64_t id, std::string want = "") {
  return {event::kind::cancellation, channel, id, std::move(want)};
}
event end(std::uint32_t channel, std::string want = "") { return {event::kind::end, channel, 0, std::move(want)}; }

struct setup {
  std::uint32_t channels;
  alignment mode;
  finished_channels finished;
};

struct scenario {
  const char* title;
  setup with;
  std::vector<event> events;
};

alignment_step take(barrier_aligner& a, const event& e) {
  switch (e.what) {
    case event::kind::barrier: return a.take_barrier(e.channel, checkpoint_id{e.id});
    case event::kind::cancellation: return a.take_cancellation(e.channel, checkpoint_id{e.id});
    case event::kind::end: return a.take_end(e.channel);
  }
  return {};
}

std::string text(const alignment_step& step) {
  std::string s;
  const auto add = [&s](const std::string& part) { s += (s.empty() ? "" : ", ") + part; };
  for (const auto& a : step.aborted)
    add("abort " + std::to_string(a.id.value()) + " " + std::string{to_string(a.reason)});
  if (step.snapshot) add("snapshot " + std::to_string(step.snapshot->value()));
  if (step.recorded) add("recorded " + std::to_string(step.recorded->value()));
  if (step.released) add("released");
  return s;
}

void run(const scenario& s) {
  CAPTURE(s.title);
  barrier_aligner aligner{s.with.channels, s.with.mode, s.with.finished};
  for (std::size_t i = 0; i < s.events.size(); ++i) {
    CAPTURE(i);
    CHECK(text(take(aligner, s.events[i])) == s.events[i].want);
  }
}

std::vector<std::uint32_t> held(const barrier_aligner& a, std::uint32_t channels) {
  std::vector<std::uint32_t> which;
  for (std::uint32_t i = 0; i < channels; ++i) {
    if (a.held(i)) which.push_back(i);
  }
  return which;
}

}  // namespace

TEST_CASE("aligned checkpoints") {
  for (const scenario& s : std::vector<scenario>{
           {"one channel never waits",
            {1, aligned, count_as_barrier},
            {barrier(0, 1, "snapshot 1, released"), barrier(0, 3, "snapshot 3, released"), barrier(0, 3), barrier(0, 2),
             cancel(0, 3), cancel(0, 4, "abort 4 cancelled"), barrier(0, 4), barrier(0, 5, "snapshot 5, released"),
             end(0)}},
           {"all barriers, then the snapshot",
            {3, aligned, count_as_barrier},
            {barrier(1, 1), barrier(2, 1), barrier(0, 1, "snapshot 1, released"), barrier(2, 2)}},
           {"a later barrier gives the pending checkpoint up",
            {3, aligned, count_as_barrier},
            {barrier(1, 1), barrier(2, 2, "abort 1 subsumed, released"), barrier(1, 1), barrier(1, 2), barrier(0, 1),
             barrier(0, 2, "snapshot 2, released")}},
           {"cancelled before the first, before the last and several times",
            {3, aligned, count_as_barrier},
            {cancel(1, 1, "abort 1 cancelled"), barrier(0, 1), barrier(2, 1), cancel(1, 1), barrier(0, 2),
             barrier(2, 2), cancel(1, 2, "abort 2 cancelled, released"), cancel(0, 2), barrier(2, 2), barrier(0, 3),
             barrier(1, 3), barrier(2, 3, "snapshot 3, released"), cancel(0, 3)}},
           {"a cancellation of a later checkpoint ends the pending one with it",
            {2, aligned, count_as_barrier},
            {barrier(0, 1), cancel(1, 3, "abort 3 cancelled, released"), cancel(0, 2), cancel(0, 3), barrier(1, 1),
             barrier(0, 4), barrier(1, 4, "snapshot 4, released")}},
           {"a cancellation of a subsumed checkpoint is late",
            {3, aligned, count_as_barrier},
            {barrier(1, 3), barrier(2, 5, "abort 3 subsumed, released"), cancel(0, 3), barrier(0, 5),
             barrier(1, 5, "snapshot 5, released")}},
           {"an end counts as a barrier and does not count later",
            {3, aligned, count_as_barrier},
            {barrier(0, 1), barrier(2, 1), end(1, "snapshot 1, released"), barrier(0, 2),
             barrier(2, 2, "snapshot 2, released"), end(0), barrier(2, 3, "snapshot 3, released")}},
           {"the end of a channel whose checkpoint is over says nothing",
            {2, aligned, count_as_barrier},
            {barrier(0, 1), cancel(1, 1, "abort 1 cancelled, released"), end(0),
             barrier(1, 2, "snapshot 2, released")}},
           {"an end aborts where checkpoints end with the first channel",
            {3, aligned, finished_channels::abort},
            {barrier(0, 1), end(1, "abort 1 end_of_channel, released"), end(2), barrier(0, 1),
             barrier(0, 2, "snapshot 2, released")}},
       }) {
    run(s);
  }
}

TEST_CASE("unaligned checkpoints") {
  for (const scenario& s : std::vector<scenario>{
           {"snapshot at the first barrier, recorded with the last",
            {3, unaligned, count_as_barrier},
            {barrier(1, 5, "snapshot 5"), barrier(2, 5), barrier(2, 5), barrier(0, 5, "recorded 5"), barrier(0, 5)}},
           {"one channel: both at once",
            {1, unaligned, count_as_barrier},
            {barrier(0, 1, "snapshot 1, recorded 1"), barrier(0, 2, "snapshot 2, recorded 2")}},
           {"a later barrier abandons the recording and starts anew",
            {2, unaligned, count_as_barrier},
            {barrier(0, 1, "snapshot 1"), barrier(1, 2, "abort 1 subsumed, snapshot 2"), barrier(0, 2, "recorded 2")}},
           {"cancellations",
            {2, unaligned, count_as_barrier},
            {cancel(0, 1, "abort 1 cancelled"), barrier(1, 1), barrier(0, 2, "snapshot 2"),
             cancel(1, 2, "abort 2 cancelled"), cancel(0, 2), barrier(1, 3, "snapshot 3"),
             cancel(0, 7, "abort 7 cancelled"), barrier(0, 3)}},
           {"an end completes the recording",
            {4, unaligned, count_as_barrier},
            {end(2), end(1), barrier(3, 2, "snapshot 2"), barrier(0, 2, "recorded 2"), barrier(0, 3, "snapshot 3"),
             end(3, "recorded 3"), barrier(0, 4, "snapshot 4, recorded 4")}},
           {"a channel that ends behind its barrier is not counted twice",
            {3, unaligned, count_as_barrier},
            {barrier(0, 1, "snapshot 1"), end(0), barrier(1, 1), barrier(2, 1, "recorded 1")}},
           {"an end aborts",
            {2, unaligned, finished_channels::abort},
            {barrier(0, 1, "snapshot 1"), end(1, "abort 1 end_of_channel"), barrier(0, 2, "snapshot 2, recorded 2")}},
       }) {
    run(s);
  }
}

// The titles name what the tests of Flink's CheckpointBarrierTracker state.
TEST_CASE("at-least-once checkpoints") {
  for (const scenario& s : std::vector<scenario>{
           {"single channel with skipped barriers",
            {1, at_least_once, count_as_barrier},
            {barrier(0, 1, "snapshot 1"), barrier(0, 3, "snapshot 3"), barrier(0, 10, "snapshot 10")}},
           {"skipping a checkpoint drops it silently",
            {3, at_least_once, count_as_barrier},
            {barrier(2, 3), barrier(0, 4), barrier(1, 4), barrier(2, 4, "snapshot 4")}},
           {"late barriers complete older checkpoints",
            {3, at_least_once, count_as_barrier},
            {barrier(1, 3),
             barrier(2, 3),
             barrier(2, 4),
             barrier(1, 4),
             barrier(0, 3, "snapshot 3"),
             barrier(0, 4, "snapshot 4"),
             barrier(1, 6),
             barrier(0, 6),
             barrier(1, 7),
             barrier(2, 7),
             barrier(2, 8),
             barrier(1, 8),
             barrier(1, 9),
             barrier(0, 7, "snapshot 7"),
             barrier(2, 9),
             barrier(2, 10),
             barrier(0, 8, "snapshot 8"),
             barrier(0, 9, "snapshot 9"),
             barrier(0, 10),
             barrier(1, 10, "snapshot 10")}},
           {"single channel, cancelled",
            {1, at_least_once, count_as_barrier},
            {barrier(0, 2, "snapshot 2"), cancel(0, 4, "abort 4 cancelled"), barrier(0, 5, "snapshot 5")}},
           {"cancelled at the last, the first and several channels",
            {3, at_least_once, count_as_barrier},
            {barrier(0, 2), barrier(2, 2), cancel(1, 2, "abort 2 cancelled"), barrier(1, 3), barrier(2, 3),
             barrier(0, 3, "snapshot 3"), cancel(1, 4, "abort 4 cancelled"), barrier(2, 4), barrier(0, 4),
             cancel(1, 6, "abort 6 cancelled"), cancel(2, 6), barrier(0, 6)}},
           {"interleaved cancellations abort each checkpoint once",
            {3, at_least_once, count_as_barrier},
            {barrier(0, 1), cancel(0, 2, "abort 1 cancelled, abort 2 cancelled"), cancel(1, 1), cancel(1, 2),
             cancel(2, 1), cancel(2, 2)}},
           {"an end completes the newest that waited only for it",
            {3, at_least_once, count_as_barrier},
            {barrier(0, 1), barrier(0, 2), barrier(1, 2), barrier(0, 3), barrier(0, 4), barrier(1, 4), barrier(1, 5),
             end(2, "snapshot 4"), barrier(0, 5, "snapshot 5")}},
           {"barrier and end of one channel count once",
            {3, at_least_once, count_as_barrier},
            {barrier(0, 2), barrier(1, 2), end(1), barrier(2, 2, "snapshot 2")}},
           {"after ends the open channels decide",
            {3, at_least_once, count_as_barrier},
            {end(2), barrier(0, 5), barrier(0, 6), barrier(1, 6, "snapshot 6"), end(1), barrier(0, 7, "snapshot 7")}},
           {"the last open channel finishes what is pending",
            {2, at_least_once, count_as_barrier},
            {barrier(0, 1), end(0), barrier(1, 1, "snapshot 1")}},
           {"an aborted checkpoint is completed by an end without a snapshot",
            {3, at_least_once, count_as_barrier},
            {cancel(0, 4, "abort 4 cancelled"), barrier(1, 4), barrier(1, 5), end(2), barrier(0, 5, "snapshot 5")}},
           {"cancellations after ends",
            {3, at_least_once, count_as_barrier},
            {end(2), barrier(0, 5), barrier(0, 6), cancel(1, 6, "abort 5 cancelled, abort 6 cancelled"), end(1),
             cancel(0, 7, "abort 7 cancelled")}},
           {"an end aborts all that are pending",
            {3, at_least_once, finished_channels::abort},
            {barrier(0, 1), barrier(0, 2), end(1, "abort 1 end_of_channel, abort 2 end_of_channel"), barrier(2, 2),
             barrier(0, 3), barrier(2, 3, "snapshot 3")}},
       }) {
    run(s);
  }
}

TEST_CASE("at least once remembers a limited number of pending checkpoints") {
  barrier_aligner aligner{2, at_least_once, count_as_barrier};
  const std::uint64_t count = leat::barrier_tracker::pending_limit + 1;
  for (std::uint64_t id = 1; id <= count; ++id) CHECK(text(aligner.take_barrier(0, checkpoint_id{id})) == "");
  CHECK(text(aligner.take_barrier(1, checkpoint_id{1})) == "");
  CHECK(text(aligner.take_barrier(1, checkpoint_id{2})) == "snapshot 2");
}

TEST_CASE("which channels wait, and which are recorded") {
  using channels = std::vector<std::uint32_t>;
  SUBCASE("aligned: those whose barrier is in, until the last") {
    barrier_aligner a{3, aligned, count_as_barrier};
    a.take_barrier(2, checkpoint_id{1});
    CHECK(held(a, 3) == channels{2});
    a.take_barrier(0, checkpoint_id{1});
    CHECK(held(a, 3) == channels{0, 2});
    CHECK_FALSE(a.recorded(1));
    a.take_barrier(1, checkpoint_id{1});
    CHECK(held(a, 3).empty());
    a.take_barrier(1, checkpoint_id{1});  // repeated
    CHECK(held(a, 3).empty());
    a.take_barrier(0, checkpoint_id{2});
    a.take_barrier(1, checkpoint_id{3});
    CHECK(held(a, 3) == channels{1});
  }
  SUBCASE("unaligned: those whose barrier is still to come") {
    barrier_aligner a{4, unaligned, count_as_barrier};
    a.take_end(3);
    a.take_barrier(1, checkpoint_id{1});
    CHECK(held(a, 4).empty());
    CHECK(a.recorded(0));
    CHECK_FALSE(a.recorded(1));
    CHECK(a.recorded(2));
    CHECK_FALSE(a.recorded(3));
    a.take_barrier(0, checkpoint_id{1});
    CHECK_FALSE(a.recorded(0));
    a.take_cancellation(2, checkpoint_id{1});
    CHECK_FALSE(a.recorded(2));
  }
  SUBCASE("at least once: none") {
    barrier_aligner a{2, at_least_once, count_as_barrier};
    a.take_barrier(0, checkpoint_id{1});
    CHECK(held(a, 2).empty());
    CHECK_FALSE(a.recorded(1));
  }
}
