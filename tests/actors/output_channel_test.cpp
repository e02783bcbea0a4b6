#include <leat/actors/output_channel.hpp>

#include <doctest/doctest.h>

#include <leat/core/random.hpp>

namespace {

using leat::batch;
using leat::batch_ptr;
using leat::element;
using leat::output_channel;

struct wire {
  std::vector<element> sent;
  output_channel channel;

  explicit wire(std::size_t batch_records, std::size_t credits)
      : channel([](std::size_t n) -> batch_ptr { return std::make_shared<batch<int>>(n); }, {batch_records, credits},
                [this](element e) { sent.push_back(std::move(e)); }) {}

  void push(int value) {
    static_cast<batch<int>&>(channel.open()).push(value, value);
    if (channel.open().full()) channel.next();
  }
  /// The receiver has processed everything sent so far.
  void return_all() {
    std::vector<batch_ptr> emptied;
    for (auto& e : sent)
      if (e.records) {
        e.records->clear();
        emptied.push_back(std::move(e.records));
      }
    sent.clear();
    channel.take_credit(std::move(emptied));
  }
};

std::vector<int> values(const std::vector<element>& sent) {
  std::vector<int> all;
  for (const auto& e : sent)
    if (e.records)
      for (std::size_t i = 0; i < e.records->size(); ++i)
        all.push_back(static_cast<const batch<int>&>(*e.records).values()[i]);
  return all;
}

TEST_CASE("a quiet channel sends at once, a busy one fills its batch until credit returns") {
  wire w{4, 2};
  w.push(1);
  w.channel.end_of_step();
  REQUIRE(values(w.sent) == std::vector<int>{1});
  w.push(2);
  w.push(3);
  w.channel.end_of_step();
  CHECK(values(w.sent) == std::vector<int>{1});
  w.return_all();
  CHECK(values(w.sent) == std::vector<int>{2, 3});
}

TEST_CASE("without credit nothing more is sent, nothing is lost, and the subtask is told") {
  wire w{2, 2};
  for (int i = 0; i < 10; ++i) w.push(i);
  CHECK(values(w.sent) == std::vector<int>{0, 1, 2, 3});
  CHECK_FALSE(w.channel.ready());
  std::vector<int> all;
  for (int round = 0; round < 5; ++round) {
    for (int v : values(w.sent)) all.push_back(v);
    w.return_all();
  }
  CHECK(all == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(w.channel.ready());
}

TEST_CASE("a barrier goes at once, behind all records before it, with or without credit") {
  wire w{2, 1};
  for (int i = 0; i < 5; ++i) w.push(i);
  w.channel.push_watermark({leat::event_time{4}});
  w.channel.push_barrier({leat::checkpoint_id{9}, leat::snapshot_kind::full});
  CHECK(values(w.sent) == std::vector<int>{0, 1, 2, 3, 4});
  REQUIRE(w.sent.back().barrier);
  CHECK(w.sent.back().barrier->id == leat::checkpoint_id{9});
  CHECK(w.sent[w.sent.size() - 2].advanced == leat::watermark{leat::event_time{4}});
  CHECK_FALSE(w.channel.ready());
}

TEST_CASE("a watermark never overtakes records that were before it") {
  wire w{4, 1};
  w.push(1);
  w.channel.end_of_step();
  w.push(2);
  w.channel.push_watermark({leat::event_time{2}});
  w.channel.end_of_step();
  CHECK(w.sent.size() == 1);
  w.return_all();
  REQUIRE(w.sent.size() == 1);
  CHECK(values(w.sent) == std::vector<int>{2});
  CHECK(w.sent[0].advanced == leat::watermark{leat::event_time{2}});
}

TEST_CASE("a watermark alone is sent over a quiet channel") {
  wire w{4, 1};
  w.channel.push_watermark({leat::event_time{7}});
  w.channel.end_of_step();
  REQUIRE(w.sent.size() == 1);
  CHECK_FALSE(w.sent[0].records);
  CHECK(w.channel.ready());
}

TEST_CASE("whole batches keep their place among single records") {
  wire w{3, 8};
  batch_ptr b = std::make_shared<batch<int>>(3);
  for (int i = 1; i <= 3; ++i) static_cast<batch<int>&>(*b).push(i, i);
  w.push(0);
  w.channel.give(b);
  CHECK(b->empty());
  w.push(4);
  w.channel.push_barrier({leat::checkpoint_id{1}, leat::snapshot_kind::full});
  CHECK(values(w.sent) == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("random traffic arrives complete and in order, whatever the credit") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    leat::random random{seed};
    wire w{1 + random.below(5), 1 + random.below(4)};
    std::vector<int> got;
    int next = 0;
    for (int step = 0; step < 300; ++step) {
      switch (random.below(4)) {
        case 0: w.channel.end_of_step(); break;
        case 1:
          for (int v : values(w.sent)) got.push_back(v);
          w.return_all();
          break;
        default: w.push(next++);
      }
    }
    w.channel.push_barrier({leat::checkpoint_id{1}, leat::snapshot_kind::full});
    for (int v : values(w.sent)) got.push_back(v);
    REQUIRE(got.size() == static_cast<std::size_t>(next));
    for (int i = 0; i < next; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i);
  }
}

}  // namespace
