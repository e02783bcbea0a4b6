// Calls out, answered by hand: order, watermarks, capacity, timeouts, retries, restores.

#include <doctest/doctest.h>

#include <leat/core/random.hpp>
#include <leat/operators/async_operator.hpp>
#include <leat/testing/four_ways.hpp>

#include <map>
#include <set>
#include <thread>

namespace {

using leat::call_order;
using leat::call_retries;
using leat::duration;
using leat::event_time;
using leat::processing_time;
using leat::watermark;

struct question {
  std::int64_t number = 0;
  LEAT_FIELDS(number);
};
using answer = std::string;
using settings = leat::call_settings<question, answer>;

/// Where calls end up until the test answers them.
struct desk {
  std::vector<std::int64_t> asked;  ///< all, in order
  std::multimap<std::int64_t, leat::completion<answer>> open;

  void reply(std::int64_t number) { take(number).complete(text(number)); }
  leat::completion<answer> take(std::int64_t number) {
    const auto it = open.find(number);
    REQUIRE(it != open.end());
    auto c = it->second;
    open.erase(it);
    return c;
  }
  static std::string text(std::int64_t number) { return "a" + std::to_string(number); }
};

struct ask_at_desk {
  desk* at;
  void operator()(const question& q, leat::completion<answer> c) const {
    at->asked.push_back(q.number);
    at->open.emplace(q.number, std::move(c));
  }
};
using asking = leat::async_operator<question, answer, ask_at_desk>;

/// One operator on its own, and a log of all it puts out.
class bench_of_one final : leat::output_port {
 public:
  explicit bench_of_one(settings s) : op_(std::make_unique<asking>(ask_at_desk{&desk_}, std::move(s))) {
    leat::operator_context context;
    context.uid = "asker";
    context.time = &clock_;
    context.wake = [this] { ++woken_; };
    require(op_->open(context, ports_));
    require(op_->restored(std::nullopt));
  }

  leat::batch_ptr batch_of(const std::vector<std::int64_t>& numbers) {
    auto b = std::make_shared<leat::batch<question>>(std::max<std::size_t>(1, numbers.size()));
    for (const auto n : numbers) b->push({n}, n * 10);
    return b;
  }
  void process(const std::vector<std::int64_t>& numbers) {
    auto b = batch_of(numbers);
    op_->process(0, b);
    CHECK(b->empty());
  }
  bool tell(std::int64_t ms) { return op_->advance_watermark({event_time{ms}}, 1024); }
  void reply(std::int64_t number) {
    desk_.reply(number);
    op_->resume();
  }
  void wait_until(std::int64_t ms) {
    clock_.set(processing_time{ms});
    static_cast<void>(op_->advance_processing_time(processing_time{ms}, 1024));
  }
  std::string take_log() { return std::exchange(log_, {}); }

  desk desk_;
  leat::manual_clock clock_;
  std::string log_;
  int woken_ = 0;
  std::vector<leat::output_port*> ports_{this};
  std::unique_ptr<asking> op_;

 private:
  void push(leat::batch_ptr& b) override {
    auto& out = static_cast<leat::batch<answer>&>(*b);
    for (std::size_t i = 0; i < out.size(); ++i) log_ += out.values()[i] + "@" + std::to_string(out.times()[i]) + " ";
    out.clear();
  }
  void push_watermark(watermark w) override {
    log_ += w == watermark::end() ? "end " : "w" + std::to_string(w.at.ms()) + " ";
  }
  void push_status(leat::stream_status s) override { log_ += s == leat::stream_status::idle ? "idle " : "active "; }
};

TEST_CASE("ordered: results wait for the records before them, whatever order answers have") {
  bench_of_one b{{}};
  b.process({1, 2, 3});
  CHECK(b.desk_.asked == std::vector<std::int64_t>{1, 2, 3});
  b.reply(3);
  b.reply(2);
  CHECK(b.take_log() == "");
  CHECK(b.tell(35));
  b.reply(1);
  CHECK(b.take_log() == "a1@10 a2@20 a3@30 w35 ");
  CHECK(b.tell(40));
  CHECK(b.take_log() == "w40 ");
}

TEST_CASE("unordered: results come as answers do, but never across a watermark or a change of status") {
  bench_of_one b{{.order = call_order::unordered}};
  b.process({1, 2});
  b.tell(25);
  b.process({3, 4});
  b.op_->change_status(leat::stream_status::idle);
  b.process({5});
  b.reply(5);
  b.reply(4);
  CHECK(b.take_log() == "");
  b.reply(2);
  CHECK(b.take_log() == "a2@20 ");
  b.reply(1);
  CHECK(b.take_log() == "a1@10 w25 a4@40 ");
  b.reply(3);
  CHECK(b.take_log() == "a3@30 idle a5@50 ");
}

TEST_CASE("as many calls as the capacity allows; the rest is asked as room is made, and no more input is taken") {
  for (const auto order : {call_order::ordered, call_order::unordered}) {
    bench_of_one b{{.order = order, .capacity = 2}};
    b.process({1, 2, 3, 4, 5});
    CHECK(b.desk_.asked == std::vector<std::int64_t>{1, 2});
    CHECK(!b.op_->ready());
    b.reply(2);  // ordered: its result waits, and takes room
    CHECK(b.desk_.asked.size() == (order == call_order::ordered ? 2 : 3));
    b.reply(1);
    CHECK(b.desk_.asked == std::vector<std::int64_t>{1, 2, 3, 4});
    b.reply(3);
    CHECK(b.op_->ready());
    b.reply(5);
    b.reply(4);
    CHECK(b.desk_.open.empty());
  }
}

TEST_CASE("the end waits for all answers") {
  bench_of_one b{{}};
  b.process({1, 2});
  CHECK(!b.op_->advance_watermark(watermark::end(), 1024));
  CHECK(!b.op_->ready());
  b.reply(1);
  CHECK(!b.op_->ready());
  b.reply(2);
  CHECK(b.op_->ready());
  CHECK(b.op_->advance_watermark(watermark::end(), 1024));
  CHECK(b.take_log() == "a1@10 a2@20 end ");
}

TEST_CASE("any number of results; the first answer counts, later ones and those to dead operators do nothing") {
  bench_of_one b{{}};
  b.process({1, 2, 3});
  const auto one = b.desk_.take(1);
  one.complete_all({"x", "y"});
  one.complete("z");
  one.fail("too late");
  b.desk_.take(2).complete_all({});
  b.op_->resume();
  CHECK(b.take_log() == "x@10 y@10 ");
  const auto three = b.desk_.take(3);
  b.op_.reset();
  three.complete("nobody hears");
}

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const leat::operator_failure& e) {
    CHECK(e.reason().code == leat::errc::user_code);
    return e.reason().detail;
  }
  return "none";
}

TEST_CASE("a failed or forgotten call ends the attempt, and the message names the operator") {
  bench_of_one b{{}};
  b.process({1, 2});
  b.desk_.take(1).fail("the service is down");
  CHECK(failure_of([&] { b.op_->resume(); }) == "operator 'asker': a call failed: the service is down");
  b.desk_.open.clear();
  CHECK(failure_of([&] { b.op_->resume(); }) ==
        "operator 'asker': a call failed: its completion was dropped without an answer");
}

TEST_CASE("a timeout ends the attempt, or gives what stands for the answer; the real one comes too late") {
  bench_of_one strict{{.timeout = duration{100}}};
  strict.wait_until(7);
  strict.process({1});
  CHECK(strict.op_->next_processing_time() == processing_time{107});
  strict.wait_until(106);
  CHECK(failure_of([&] { strict.wait_until(107); }) ==
        "operator 'asker': a call had no answer within 100 ms; allow more, or say with on_timeout what stands for the "
        "answer");

  bench_of_one lenient{{.timeout = duration{100}, .on_timeout = [](const question& q) {
                          return std::vector{"none for " + desk::text(q.number)};
                        }}};
  lenient.process({1, 2, 3});
  lenient.reply(2);
  lenient.wait_until(100);
  CHECK(lenient.take_log() == "none for a1@10 a2@20 none for a3@30 ");
  lenient.reply(1);
  lenient.reply(3);
  CHECK(lenient.take_log() == "");
  CHECK(!lenient.op_->next_processing_time());
}

TEST_CASE("a call that waits for room has not begun: its time runs from when it is made") {
  bench_of_one b{{.capacity = 1, .timeout = duration{100}}};
  b.process({1, 2});
  b.wait_until(90);
  b.reply(1);
  CHECK(b.op_->next_processing_time() == processing_time{190});
}

TEST_CASE("retries: after a delay, as often as allowed, within the timeout") {
  bench_of_one b{{.timeout = duration{100}, .retries = call_retries::fixed_delay(3, duration{30})}};
  b.process({1});
  b.desk_.take(1).fail("busy");
  b.op_->resume();
  CHECK(b.op_->next_processing_time() == processing_time{30});
  b.wait_until(29);
  CHECK(b.desk_.open.empty());
  b.wait_until(30);
  b.desk_.take(1).fail("busy");
  b.op_->resume();
  b.wait_until(60);
  SUBCASE("the last attempt answers") {
    b.reply(1);
    CHECK(b.take_log() == "a1@10 ");
    CHECK(!b.op_->next_processing_time());
  }
  SUBCASE("the last attempt fails too") {
    b.desk_.take(1).fail("still busy");
    CHECK(failure_of([&] { b.op_->resume(); }) == "operator 'asker': a call failed: still busy, after 3 attempts");
  }
  SUBCASE("the time is up first") {
    CHECK(failure_of([&] { b.wait_until(100); }).find("no answer within 100 ms") != std::string::npos);
  }
  CHECK(b.desk_.asked == std::vector<std::int64_t>{1, 1, 1});
}

TEST_CASE("retries: predicates choose; results that are never good enough are taken in the end") {
  settings s{.retries = call_retries::fixed_delay(2, duration{5})};
  s.retry_failure = [](std::string_view why) { return why == "busy"; };
  s.retry_results = [](const std::vector<answer>& results) { return results.empty(); };
  bench_of_one b{s};
  b.process({1});
  b.desk_.take(1).complete_all({});
  b.op_->resume();
  CHECK(b.take_log() == "");
  b.wait_until(5);
  b.desk_.take(1).complete_all({});
  b.op_->resume();
  b.tell(1);
  CHECK(b.take_log() == "w1 ");
  b.process({2});
  b.desk_.take(2).fail("no such thing");
  CHECK(failure_of([&] { b.op_->resume(); }) == "operator 'asker': a call failed: no such thing");
}

TEST_CASE("delays between retries") {
  struct row {
    call_retries retries;
    std::vector<std::int64_t> delays;
  };
  const row rows[] = {
      {call_retries::fixed_delay(9, duration{7}), {7, 7, 7, 7}},
      {call_retries::exponential_delay(9, duration{10}, duration{50}), {10, 20, 40, 50, 50}},
      {call_retries::exponential_delay(9, duration{10}, duration{1000}, 1.5), {10, 15, 22, 33}},
      {call_retries::exponential_delay(9, duration{0}, duration{50}), {0, 0, 0}},
  };
  for (const auto& r : rows)
    for (std::uint32_t i = 0; i < r.delays.size(); ++i) CHECK(r.retries.delay_after(i + 1) == duration{r.delays[i]});
  CHECK(call_retries::exponential_delay(9, duration{10}, duration{50}).delay_after(4'000'000'000U) == duration{50});
}

TEST_CASE("answers with a delay count once the clock has gone on") {
  bench_of_one b{{}};
  b.process({1, 2});
  b.desk_.take(2).complete_after(duration{50}, "late");
  b.desk_.take(1).complete_after(duration{80}, "later");
  b.op_->resume();
  CHECK(b.op_->next_processing_time() == processing_time{50});
  b.wait_until(79);
  CHECK(b.take_log() == "");
  b.wait_until(80);
  CHECK(b.take_log() == "later@10 late@20 ");
}

TEST_CASE("an answer from another thread wakes the operator once, until it has taken what is there") {
  bench_of_one b{{}};
  b.process({1, 2, 3});
  std::thread outside{[&] {
    b.desk_.reply(1);
    b.desk_.reply(2);
  }};
  outside.join();
  CHECK(b.woken_ == 1);
  b.op_->resume();
  b.desk_.reply(3);
  CHECK(b.woken_ == 2);
  b.op_->resume();
  CHECK(b.take_log() == "a1@10 a2@20 a3@30 ");
}

/// The words of a log.
std::vector<std::string> words_of(const std::string& log) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < log.size(); at = log.find(' ', at) + 1)
    words.push_back(log.substr(at, log.find(' ', at) - at));
  return words;
}

bool is_record(const std::string& word) { return word[0] == 'a'; }

/// The records among words, up to a word; in the order of their text if order does not count.
std::vector<std::string> records_before(const std::vector<std::string>& words, const std::string& stop, call_order o) {
  std::vector<std::string> records;
  std::copy_if(words.begin(), std::find(words.begin(), words.end(), stop), std::back_inserter(records), is_record);
  if (o == call_order::unordered) std::sort(records.begin(), records.end());
  return records;
}

/// Feeds records and watermarks, answers in any order, or not at all; returns what must come out if order is kept, and
/// what does.
std::pair<std::string, std::string> random_run(leat::random& chance, call_order order) {
  settings s{.order = order, .capacity = 1 + chance.below(6), .timeout = duration{40}};
  s.on_timeout = [](const question& q) { return std::vector{desk::text(q.number)}; };
  s.retries = call_retries::fixed_delay(1 + static_cast<std::uint32_t>(chance.below(3)), duration{7});
  bench_of_one b{s};
  std::string told;
  std::int64_t next = 0;
  std::int64_t now = 0;
  std::map<std::int64_t, std::uint32_t> failed;
  const auto act = [&] {
    if (b.desk_.open.empty()) return b.wait_until(now += 10);
    const auto it = std::next(b.desk_.open.begin(), static_cast<std::ptrdiff_t>(chance.below(b.desk_.open.size())));
    const std::int64_t number = it->first;
    if (chance.below(4) != 0 || ++failed[number] >= s.retries.attempts()) return b.reply(number);
    b.desk_.take(number).fail("chance");
    b.op_->resume();
  };
  for (int i = 0; i < 60; ++i) {
    switch (chance.below(4)) {
      case 0: {
        std::vector<std::int64_t> numbers(chance.below(5));
        for (auto& n : numbers) {
          n = next++;
          told += desk::text(n) + "@" + std::to_string(n * 10) + " ";
        }
        b.process(numbers);
        break;
      }
      case 1:
        told += "w" + std::to_string(i) + " ";
        b.tell(i);
        break;
      case 2: b.wait_until(now += static_cast<std::int64_t>(chance.below(15))); break;
      default: act();
    }
  }
  while (!b.op_->advance_watermark(watermark::end(), 1024)) act();
  return {told + "end ", b.take_log()};
}

TEST_CASE("random answers, timeouts and retries keep the order that was promised") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    leat::random chance{seed};
    const auto order = chance.below(2) == 0 ? call_order::ordered : call_order::unordered;
    const auto [told, log] = random_run(chance, order);
    const auto want = words_of(told);
    const auto got = words_of(log);
    CHECK(got.back() == "end");
    for (const auto& w : got)  // watermarks with no record between them may have become one
      if (!is_record(w)) CHECK(records_before(got, w, order) == records_before(want, w, order));
  }
}

using harness = leat::operator_harness<question, answer>;

TEST_CASE("records in flight are asked about again after a restore, at any parallelism, and answered once") {
  for (const std::uint32_t after : {1U, 2U, 3U, 5U}) {
    for (const auto order : {call_order::ordered, call_order::unordered}) {
      CAPTURE(after);
      desk d;
      harness::settings hs;
      hs.parallelism = 3;
      hs.hash = [](const question& q) { return leat::key_hash<std::int64_t>{}(q.number); };
      harness h{[&] { return std::make_unique<asking>(ask_at_desk{&d}, settings{.order = order, .capacity = 2}); }, hs};
      std::multiset<answer> want;
      for (std::int64_t n = 0; n < 30; ++n) {
        h.process({n}, event_time{n});
        want.insert(desk::text(n));
      }
      std::multiset<answer> got;
      const auto collect = [&] {
        for (auto& v : h.take_values()) got.insert(std::move(v));
      };
      d.reply(d.open.begin()->first);
      h.resume();
      collect();
      h.snapshot_and_restore(after);
      CHECK(d.asked.size() > 6);
      h.advance_watermark(watermark::end());
      while (!d.open.empty()) {  // of the dead, too: nobody hears them
        d.reply(d.open.rbegin()->first);
        h.resume();
        collect();
      }
      CHECK(got == want);
    }
  }
}

TEST_CASE("after a restore at the same parallelism, ordered is still ordered") {
  desk d;
  harness h{[&] { return std::make_unique<asking>(ask_at_desk{&d}, settings{.capacity = 3}); }, {}};
  for (std::int64_t n = 0; n < 10; ++n) h.process({n}, event_time{n});
  d.reply(1);
  h.resume();
  d.open.clear();
  h.snapshot_and_restore(1);
  while (!d.open.empty()) {
    d.reply(d.open.rbegin()->first);
    h.resume();
  }
  std::vector<answer> want;
  for (std::int64_t n = 0; n < 10; ++n) want.push_back(desk::text(n));
  CHECK(h.take_values() == want);
}

TEST_CASE("calls out, in four ways") {
  const auto slow = [](const question& q, const leat::completion<answer>& c) {
    if (q.number % 7 == 0)
      c.complete_all({});
    else if (q.number % 5 == 0)
      c.fail_after(duration{q.number % 4}, "try again");
    else
      c.complete_after(duration{q.number * 31 % 23}, desk::text(q.number));
  };
  for (const auto order : {call_order::ordered, call_order::unordered}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      leat::random random{seed};
      std::vector<leat::test_step<question>> steps;
      std::int64_t now = 0;
      for (std::int64_t i = 0; i < 100; ++i) {
        const auto chance = random.below(6);
        if (chance == 0) steps.emplace_back(watermark{event_time{i}});
        if (chance == 1) steps.emplace_back(processing_time{now += static_cast<std::int64_t>(random.below(20))});
        steps.emplace_back(std::pair{question{static_cast<std::int64_t>(random.below(100))}, event_time{i}});
      }
      for (int i = 0; i < 40; ++i) steps.emplace_back(processing_time{now += 1000});
      steps.emplace_back(watermark::end());
      settings s{.order = order, .capacity = 5, .timeout = duration{60}};
      s.on_timeout = [](const question& q) { return std::vector{"none for " + desk::text(q.number)}; };
      s.retries = call_retries::fixed_delay(1000, duration{3});
      harness::settings hs;
      hs.hash = [](const question& q) { return leat::key_hash<std::int64_t>{}(q.number); };
      const auto make = [&] {
        return std::make_unique<leat::async_operator<question, answer, decltype(slow)>>(slow, s);
      };
      CHECK(leat::differences_of_four_ways<question, answer>(make, hs, steps) == "");
    }
  }
}

}  // namespace
