// An interval join: each left record meets the right records of its key from its own time up to 100 ms later, about ten
// of them with 10 k keys, one with 100 k. Both streams advance by 1 ms every 1000 records.

#include <leat/joins.hpp>

#include "engine.hpp"
#include "plain_table.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

constexpr std::int64_t upper_ms = 100;

struct joined {
  std::int64_t key = 0;
  std::int64_t sum = 0;
  LEAT_FIELDS(key, sum)
};

std::uint64_t digest(std::int64_t key, std::int64_t sum) {
  return static_cast<std::uint64_t>(key) ^ static_cast<std::uint64_t>(sum);
}

/// By hand: for each key the records of either side that may still meet a partner, in order of time.
class plain_join {
 public:
  explicit plain_join(std::size_t keys) : numbers_(keys) { sides_.reserve(keys); }

  void prefetch(const record& r) const { numbers_.prefetch(r.key); }

  void add_left(const record& left) {
    both_sides& both = sides_of(left.key);
    both.left.keep_from(left.ts.ms() - upper_ms - 1);  // a batch may reach into the next millisecond
    both.left.waiting.push_back({left.ts.ms(), left.val});
    for (std::size_t i = both.right.waiting.size(); i-- > both.right.head && both.right.waiting[i].at >= left.ts.ms();)
      if (both.right.waiting[i].at <= left.ts.ms() + upper_ms) emit(left.key, left.val + both.right.waiting[i].val);
  }
  void add_right(const record& right) {
    both_sides& both = sides_of(right.key);
    both.right.keep_from(right.ts.ms() - 1);
    both.right.waiting.push_back({right.ts.ms(), right.val});
    for (std::size_t i = both.left.waiting.size();
         i-- > both.left.head && both.left.waiting[i].at >= right.ts.ms() - upper_ms;)
      if (both.left.waiting[i].at <= right.ts.ms()) emit(right.key, both.left.waiting[i].val + right.val);
  }
  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }

 private:
  struct waiting_value {
    std::int64_t at;
    std::int64_t val;
  };
  struct side {
    std::vector<waiting_value> waiting;
    std::size_t head = 0;
    void keep_from(std::int64_t at) {
      while (head < waiting.size() && waiting[head].at < at) ++head;
      if (head <= waiting.size() / 2) return;
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(head));
      head = 0;
    }
  };
  struct both_sides {
    side left;
    side right;
  };

  both_sides& sides_of(std::int64_t key) {
    std::uint32_t& number = numbers_[key];
    if (number == 0) {
      sides_.emplace_back();
      number = static_cast<std::uint32_t>(sides_.size());
    }
    return sides_[number - 1];
  }
  void emit(std::int64_t key, std::int64_t sum) { checksum_ += digest(key, sum); }

  plain_table<std::uint32_t> numbers_;
  std::vector<both_sides> sides_;
  std::uint64_t checksum_ = 0;
};

measured plain(const record_maker& make, std::uint64_t records_each) {
  const pinned here{0, 0};
  plain_join join{make.keys()};
  source_position left_at = make.start(0);
  source_position right_at = make.start(1);
  const stamp begin = stamp::now();
  constexpr std::uint64_t at_once = 32;
  std::array<record, at_once> left;
  std::array<record, at_once> right;
  for (std::uint64_t done = 0; done < records_each; done += at_once) {
    const std::uint64_t n = std::min(at_once, records_each - done);
    for (std::uint64_t i = 0; i < n; ++i) {
      join.prefetch(left[i] = make(left_at));
      join.prefetch(right[i] = make(right_at));
    }
    for (std::uint64_t i = 0; i < n; ++i) join.add_left(left[i]);
    for (std::uint64_t i = 0; i < n; ++i) join.add_right(right[i]);
  }
  measured m;
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(2 * records_each);
  m.checksum = join.checksum();
  return m;
}

measured engine(const record_maker& make, std::uint64_t records_each) {
  std::atomic<std::uint64_t> checksum{0};
  leat::application app{"joins"};
  const auto records = [&](const char* uid, std::uint32_t source) {
    return app.source(uid, leat::generate(make.start(source), make).limit(records_each))
        .event_time(&record::ts, leat::monotonous())
        .key_by(&record::key);
  };
  records("left", 0)
      .interval_join(records("right", 1))
      .between(leat::duration{0}, leat::duration{upper_ms})
      .process<joined>(
          "join", [](std::int64_t key, const leat::timed_record<record>& left, const leat::timed_record<record>& right,
                     leat::output<joined>& out) { out.emit({key, left.value.val + right.value.val}); })
      .sink("finish", leat::callback_sink<joined>([&](const leat::batch<joined>& results) {
              std::uint64_t sum = 0;
              for (std::size_t i = 0; i < results.size(); ++i)
                sum += digest(results.values()[i].key, results.values()[i].sum);
              checksum.fetch_add(sum, std::memory_order_relaxed);
            }));
  measured m;
  const stamp begin = stamp::now();
  m.failure = run_engine(app, 1, options_for(1));
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(2 * records_each);
  m.checksum = checksum.load();
  return m;
}

}  // namespace

void register_joins(const effort& e) {
  const std::uint64_t records_each = e.quick ? 1'000'000 : 10'000'000;
  for (const std::uint64_t keys : {10'000U, 100'000U})
    add("interval_join/keys:" + std::to_string(keys), [=](benchmark::State& state) {
      const record_maker make{keys, 2};
      compare(
          state, 1, e.rounds, [&] { return plain(make, records_each); }, [&] { return engine(make, records_each); });
    });
}

}  // namespace bench
