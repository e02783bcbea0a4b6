#include <leat/connectors/csv_files.hpp>
#include <leat/connectors/csv_sink.hpp>
#include <leat/connectors/json_files.hpp>
#include <leat/connectors/json_sink.hpp>
#include <leat/core/log.hpp>
#include <leat/core/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "disk.hpp"

namespace leat::test {
namespace {

struct row {
  std::int64_t n = 0;
  LEAT_FIELDS(n);
  bool operator==(const row&) const = default;
};

struct mixed {
  std::string text;
  double real = 0;
  std::optional<std::string> word;
  std::optional<int> number;
  event_time at;
  LEAT_FIELDS(text, real, word, number, at);
  bool operator==(const mixed&) const = default;
};

template <class T>
std::unique_ptr<batch<T>> batch_of(const std::vector<T>& values) {
  auto records = std::make_unique<batch<T>>(values.size() + 1);
  for (const auto& v : values) records->push(v, no_event_time);
  return records;
}

/// Writes and commits one part.
template <class Sink>
std::string commit_one(disk& d, const Sink& sink, const std::vector<typename Sink::record_type>& values) {
  auto writer = sink.open(d.context()).value();
  writer->recover({}, {}).value();
  writer->write(*batch_of(values)).value();
  const std::string token = writer->prepare(checkpoint_id{1}).value();
  writer->commit(token).value();
  return token;
}

TEST_CASE("a part appears with its commit, and nothing before it looks like one") {
  disk d;
  const csv_sink<row> sink("out/deep");
  CHECK(sink.blocking());
  auto writer = sink.open(d.context(2, 3)).value();
  writer->recover({}, {}).value();
  CHECK(d.names("out/deep").empty());
  CHECK(writer->prepare(checkpoint_id{6}).value().empty());
  writer->write(batch<row>(1)).value();
  CHECK(writer->prepare(checkpoint_id{7}).value().empty());
  CHECK(d.names("out/deep").empty());

  writer->write(*batch_of<row>({{1}, {2}})).value();
  CHECK(d.names("out/deep") == std::vector<std::string>{".part-00002.csv.inprogress"});
  const std::string token = writer->prepare(checkpoint_id{8}).value();
  CHECK(d.names("out/deep") == std::vector<std::string>{".part-00002-0000000008.csv.pending"});
  writer->write(*batch_of<row>({{3}})).value();
  writer->commit(token).value();
  d.files.lose_power();
  CHECK(d.names("out/deep") == std::vector<std::string>{".part-00002.csv.inprogress", "part-00002-0000000008.csv"});
  CHECK(d.content("out/deep/part-00002-0000000008.csv") == "n\n1\n2\n");
}

TEST_CASE("a commit may be repeated") {
  disk d;
  auto writer = csv_sink<row>("out").open(d.context()).value();
  writer->recover({}, {}).value();
  writer->write(*batch_of<row>({{1}})).value();
  const std::string token = writer->prepare(checkpoint_id{1}).value();
  writer->commit(token).value();
  writer->commit(token).value();
  CHECK(d.names("out") == std::vector<std::string>{"part-00000-0000000001.csv"});
}

TEST_CASE("what the sinks write") {
  const std::vector<mixed> values{{"a,\"b\"\n", 2.0 / 3, "", 1, event_time{1522540831007}},
                                  {"", -0.5, {}, {}, event_time{0}}};
  const struct {
    csv_sink<mixed> sink;
    std::string text;
  } csvs[] = {
      {csv_sink<mixed>("out"),
       "text,real,word,number,at\n\"a,\"\"b\"\"\n\",0.6666666666666666,\"\",1,1522540831007\n,-0.5,,,0\n"},
      {csv_sink<mixed>("out").decimals(2).delimiter(';').iso_times(),
       "text;real;word;number;at\n\"a,\"\"b\"\"\n\";0.67;\"\";1;2018-04-01T00:00:31.007Z\n;-0.50;;;1970-01-01T00:00:00."
       "000Z\n"},
  };
  for (const auto& c : csvs) {
    disk d;
    CHECK(d.content("out/" + commit_one(d, c.sink, values)) == c.text);
  }
  disk d;
  CHECK(d.content("out/" + commit_one(d, json_sink<mixed>("out/").decimals(3), values)) ==
        "{\"text\":\"a,\\\"b\\\"\\n\",\"real\":0.667,\"word\":\"\",\"number\":1,\"at\":1522540831007}\n"
        "{\"text\":\"\",\"real\":-0.500,\"word\":null,\"number\":null,\"at\":0}\n");
  CHECK(d.names("out") == std::vector<std::string>{"part-00000-0000000001.jsonl"});
}

TEST_CASE("what a file sink writes, its source reads back") {
  random chance(11);
  const std::string letters = "ab ,;\"\n\r\t\xC3\xA9";
  std::vector<mixed> values;
  const auto text = [&] {
    std::string t;
    for (auto size = chance.below(6); size > 0; --size) t += letters[chance.below(letters.size() - 2)];
    if (chance.below(3) == 0) t += "é";
    return t;
  };
  for (int i = 0; i < 2000; ++i) {
    mixed m{
        text(), (chance.unit() - 0.5) * 1e10, {}, {}, event_time{static_cast<std::int64_t>(chance.below(1ULL << 42))}};
    if (chance.below(2) == 0) m.word = text();
    if (chance.below(2) == 0) m.number = static_cast<int>(chance.below(100));
    values.push_back(std::move(m));
  }
  disk d;
  commit_one(d, csv_sink<mixed>("csv"), values);
  commit_one(d, csv_sink<mixed>("csv2").delimiter('\t').iso_times(), values);
  commit_one(d, json_sink<mixed>("json"), values);
  CHECK(read_all(csv_files<mixed>("csv"), d.context(), 100).value() == values);
  CHECK(read_all(csv_files<mixed>("csv2").delimiter('\t'), d.context(), 100).value() == values);
  CHECK(read_all(json_files<mixed>("json"), d.context(), 100).value() == values);
}

struct lonely {
  std::optional<std::string> word;
  LEAT_FIELDS(word);
};

TEST_CASE("a row of one empty cell is not an empty line") {
  disk d;
  commit_one(d, csv_sink<lonely>("out"), {{{}}, {""}, {"x"}});
  CHECK(d.content("out/part-00000-0000000001.csv") == "word\n\"\"\n\"\"\nx\n");
  CHECK(read_all(csv_files<lonely>("out"), d.context()).value().size() == 3);
}

struct recovery {
  std::string what;
  std::vector<std::string> before;
  std::optional<checkpoint_id> from;
  std::vector<prepared_output> prepared;
  std::vector<std::string> after;
  std::string failure;
};

/// Seen by subtask 1 of 2: writers 1, 3, 5 …
const recovery recoveries[] = {
    {"nothing", {}, {}, {}, {}, ""},
    {"a first attempt that died before its first checkpoint",
     {".part-00001.csv.inprogress", ".part-00001-0000000001.csv.pending"},
     {},
     {},
     {},
     ""},
    {"leftovers of other writers stay",
     {".part-00000.csv.inprogress", ".part-00002-0000000004.csv.pending", ".part-00003.csv.inprogress"},
     checkpoint_id{4},
     {},
     {".part-00000.csv.inprogress", ".part-00002-0000000004.csv.pending"},
     ""},
    {"files of others stay",
     {".part-00001.jsonl.inprogress", ".part-1.csv.inprogress", ".part-00001.csv", "notes.csv",
      "part-00001-0000000009.csv.gz", "part-00001.csv", "part-x-0000000009.csv"},
     checkpoint_id{4},
     {},
     {".part-00001.csv", ".part-00001.jsonl.inprogress", ".part-1.csv.inprogress", "notes.csv",
      "part-00001-0000000009.csv.gz", "part-00001.csv", "part-x-0000000009.csv"},
     ""},
    {"prepared output is committed, what came later is removed",
     {".part-00001-0000000004.csv.pending", ".part-00001-0000000005.csv.pending", ".part-00001.csv.inprogress",
      "part-00001-0000000003.csv"},
     checkpoint_id{4},
     {{subtask_index{1}, "part-00001-0000000004.csv"}},
     {"part-00001-0000000003.csv", "part-00001-0000000004.csv"},
     ""},
    {"prepared output that was committed before the crash",
     {"part-00001-0000000004.csv"},
     checkpoint_id{4},
     {{subtask_index{1}, "part-00001-0000000004.csv"}},
     {"part-00001-0000000004.csv"},
     ""},
    {"prepared output of an earlier checkpoint and of a writer that is no more",
     {".part-00001-0000000003.csv.pending", ".part-00007-0000000004.csv.pending"},
     checkpoint_id{4},
     {{subtask_index{1}, "part-00001-0000000003.csv"}, {subtask_index{7}, "part-00007-0000000004.csv"}},
     {"part-00001-0000000003.csv", "part-00007-0000000004.csv"},
     ""},
    {"output of a lost future is hidden",
     {"part-00000-0000000005.csv", "part-00001-0000000004.csv", "part-00001-0000000005.csv",
      "part-00003-0000000006.csv", ".part-00003-0000000007.csv.superseded"},
     checkpoint_id{4},
     {},
     {".part-00001-0000000005.csv.superseded", ".part-00003-0000000006.csv.superseded",
      ".part-00003-0000000007.csv.superseded", "part-00000-0000000005.csv", "part-00001-0000000004.csv"},
     ""},
    {"prepared output is gone",
     {"part-00001-0000000003.csv"},
     checkpoint_id{4},
     {{subtask_index{1}, "part-00001-0000000004.csv"}},
     {"part-00001-0000000003.csv"},
     "corrupt: the-uid: the prepared output out/.part-00001-0000000004.csv.pending is gone; neither it nor "
     "out/part-00001-0000000004.csv is there"},
    {"a token that is none",
     {},
     checkpoint_id{4},
     {{subtask_index{1}, "../part-00001-0000000004.csv"}},
     {},
     "corrupt: the-uid: \"../part-00001-0000000004.csv\" is not the name of a part file, but is stored as one"},
    {"output of an earlier job",
     {"part-00006-0000000003.csv", ".part-00001.csv.inprogress"},
     {},
     {},
     {".part-00001.csv.inprogress", "part-00006-0000000003.csv"},
     "already_exists: out: the-uid starts without a checkpoint, but this directory holds output of an earlier job "
     "(part-00006-0000000003.csv): choose an empty directory, or go on with the state directory of that job"},
    {"numbers that have outgrown their zeros",
     {".part-100001-12345678901.csv.pending"},
     checkpoint_id{12345678901},
     {{subtask_index{100001}, "part-100001-12345678901.csv"}},
     {"part-100001-12345678901.csv"},
     ""},
};

TEST_CASE("recovery: what is left, and when it refuses") {
  set_log_level(log_level::error);
  for (const auto& c : recoveries) {
    CAPTURE(c.what);
    disk d;
    d.files.create_directories("out").value();
    for (const auto& name : c.before) d.put("out/" + name, "n\n1\n");
    auto writer = csv_sink<row>("out").open(d.context(1, 2)).value();
    CHECK(failure(writer->recover(c.from, c.prepared)) == c.failure);
    CHECK(d.names("out") == c.after);
    if (!c.failure.empty()) continue;
    d.files.lose_power();
    CHECK(d.names("out") == c.after);
    CHECK(failure(csv_sink<row>("out")
                      .open(d.context(1, 2))
                      .value()
                      ->recover(c.from ? c.from : checkpoint_id{0}, c.prepared)) == "");
    CHECK(d.names("out") == c.after);
  }
  set_log_level(log_level::warning);
}

/// A job with a source of numbers and a csv_sink, and what its coordinator remembers. Crashes leave the latter whole.
struct job {
  disk d;
  struct checkpoint {
    std::optional<checkpoint_id> id;
    std::vector<prepared_output> prepared;
    std::int64_t next = 0;
  };
  std::vector<checkpoint> complete{{}};
  std::uint64_t last_id = 0;

  static constexpr std::int64_t records = 40;
  static constexpr std::int64_t per_checkpoint = 9;

  /// Runs until the end or until a write fails, from the last complete checkpoint.
  result<void> run(std::uint32_t parallelism) {
    const csv_sink<row> sink("some/where/out");
    const checkpoint start = complete.back();
    std::vector<std::unique_ptr<sink_writer<row>>> writers;
    for (std::uint32_t s = 0; s < parallelism; ++s) {
      writers.push_back(sink.open(d.context(s, parallelism)).value());
      std::vector<prepared_output> mine;
      for (const auto& p : start.prepared)
        if (p.writer.value() % parallelism == s) mine.push_back(p);
      LEAT_CHECK(writers.back()->recover(start.id, mine));
    }
    for (std::int64_t next = start.next; next < records;) {
      for (const auto end = std::min(next + per_checkpoint, records); next < end; ++next)
        LEAT_CHECK(writers[static_cast<std::size_t>(next) * 7 % parallelism]->write(*batch_of<row>({{next}})));
      LEAT_CHECK(take_checkpoint(writers, next));
    }
    return {};
  }

  result<void> take_checkpoint(const std::vector<std::unique_ptr<sink_writer<row>>>& writers, std::int64_t next) {
    checkpoint now{checkpoint_id{++last_id}, {}, next};
    for (std::uint32_t s = 0; s < writers.size(); ++s) {
      LEAT_TRY(token, writers[s]->prepare(*now.id));
      if (!token.empty()) now.prepared.push_back({subtask_index{s}, token});
    }
    complete.push_back(now);
    for (const auto& p : now.prepared) LEAT_CHECK(writers[p.writer.value()]->commit(p.token));
    return {};
  }

  /// The numbers in committed files, in order.
  std::vector<std::int64_t> committed() {
    std::vector<std::int64_t> all;
    if (!d.files.is_directory("some/where/out")) return all;
    const auto rows = read_all(csv_files<row>("some/where/out"), d.context()).value();
    for (const auto& r : rows) all.push_back(r.n);
    std::sort(all.begin(), all.end());
    return all;
  }
};

std::vector<std::int64_t> all_numbers() {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < job::records; ++i) all.push_back(i);
  return all;
}

enum class crash { of_the_process, of_the_power, of_the_power_while_writing };

void crash_now(job& j, crash how, random& chance) {
  j.d.files.heal();
  if (how == crash::of_the_power) j.d.files.lose_power();
  if (how == crash::of_the_power_while_writing) j.d.files.lose_power(chance);
}

std::uint64_t writes_of_a_run() {
  job j;
  j.run(3).value();
  CHECK(j.committed() == all_numbers());
  return j.d.files.writes();
}

TEST_CASE("exactly once, whatever write a crash cuts short") {
  random chance(3);
  const std::uint64_t writes = writes_of_a_run();
  for (const crash how : {crash::of_the_process, crash::of_the_power, crash::of_the_power_while_writing}) {
    for (std::uint64_t first = 1; first <= writes; ++first) {
      for (const std::uint32_t then : {3U, 1U, 4U}) {
        CAPTURE(static_cast<int>(how));
        CAPTURE(first);
        CAPTURE(then);
        job j;
        j.d.files.inject({first, memory_file_system::write_fault::for_good, errc::io});
        CHECK_FALSE(j.run(3).has_value());
        crash_now(j, how, chance);
        // Committed output is never more than the checkpoints cover.
        for (const auto n : j.committed()) CHECK(n < j.complete.back().next);
        j.run(then).value();
        j.d.files.lose_power();
        CHECK(j.committed() == all_numbers());
      }
    }
  }
}

TEST_CASE("exactly once, also if recovery itself is cut short, again and again") {
  random chance(5);
  for (int round = 0; round < 1500; ++round) {
    CAPTURE(round);
    job j;
    for (int crashes = 0; crashes < 6; ++crashes) {
      j.d.files.inject({1 + chance.below(30), memory_file_system::write_fault::for_good, errc::io});
      static_cast<void>(j.run(1 + static_cast<std::uint32_t>(chance.below(4))).has_value());
      crash_now(j, static_cast<crash>(chance.below(3)), chance);
    }
    j.run(2).value();
    j.d.files.lose_power();
    CHECK(j.committed() == all_numbers());
  }
}

TEST_CASE("exactly once, also after a fall-back to an older checkpoint") {
  set_log_level(log_level::error);
  random chance(9);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    job j;
    j.d.files.inject({30 + chance.below(60), memory_file_system::write_fault::for_good, errc::io});
    static_cast<void>(j.run(3).has_value());
    crash_now(j, static_cast<crash>(chance.below(3)), chance);
    while (j.complete.size() > 2 && chance.below(2) == 0) j.complete.pop_back();
    // The fall-back may be cut short as well.
    j.d.files.inject({1 + chance.below(20), memory_file_system::write_fault::for_good, errc::io});
    static_cast<void>(j.run(2).has_value());
    crash_now(j, static_cast<crash>(chance.below(3)), chance);
    j.run(3).value();
    j.d.files.lose_power();
    CHECK(j.committed() == all_numbers());
  }
  set_log_level(log_level::warning);
}

}  // namespace
}  // namespace leat::test
