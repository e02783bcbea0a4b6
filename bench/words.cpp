// Word count: lines of text are split into words, each word's count is emitted whenever it occurs.
//
// The text is made once and lies in memory: words with Zipf's distribution, about ten to a line, as in a book. It is read
// over and over; the first reading is the warm-up. Records are words.
// The plain loop looks at the text where it lies. The engine's source copies each line into a record, as reading a file
// would, and each word into a record of its own.

#include <cmath>

#include "engine.hpp"
#include "plain_exchange.hpp"
#include "plain_words.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

struct text_line {
  std::string text;
  LEAT_FIELDS(text)
};
struct word {
  std::string text;
  LEAT_FIELDS(text)
};
struct word_count {
  std::string text;
  std::uint64_t count = 0;
  LEAT_FIELDS(text, count)
};

struct book {
  std::vector<std::string> lines;
  std::uint64_t words = 0;
};

constexpr std::size_t vocabulary = 30'000;

/// A word's letters follow from its rank; frequent words are short, as in English.
std::string word_of(std::size_t rank) {
  const std::size_t length =
      std::min<std::size_t>(2 + static_cast<std::size_t>(std::log2(static_cast<double>(rank + 1)) / 2), 14);
  std::string text;
  auto letters = static_cast<std::uint64_t>(spread(rank));
  for (std::size_t i = 0; i < length; ++i, letters /= 26) text.push_back(static_cast<char>('a' + letters % 26));
  return text;
}

book write_book(std::size_t line_count) {
  std::vector<double> cumulated(vocabulary);
  double sum = 0;
  for (std::size_t r = 0; r < vocabulary; ++r) cumulated[r] = sum += 1.0 / static_cast<double>(r + 1);
  book b;
  std::uint64_t draw = 0;
  const auto random = [&draw] { return static_cast<std::uint64_t>(spread(draw++)); };
  for (std::size_t l = 0; l < line_count; ++l) {
    std::string line;
    for (std::uint64_t left = 7 + random() % 7; left > 0; --left, ++b.words) {
      const double at = static_cast<double>(random() >> 11) * 0x1p-53 * sum;
      const auto rank = std::upper_bound(cumulated.begin(), cumulated.end() - 1, at) - cumulated.begin();
      if (!line.empty()) line.push_back(' ');
      line += word_of(static_cast<std::size_t>(rank));
    }
    b.lines.push_back(std::move(line));
  }
  return b;
}

template <class Visit>
void for_each_word(std::string_view line, Visit&& visit) {
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t space = std::min(line.find(' ', at), line.size());
    visit(line.substr(at, space - at));
    at = space + 1;
  }
}

std::uint64_t digest(std::string_view word, std::uint64_t count) { return count * static_cast<unsigned char>(word[0]); }

std::uint64_t count_once(const book& b, plain_words& counts) {
  std::uint64_t checksum = 0;
  for (const std::string& line : b.lines)
    for_each_word(line, [&](std::string_view w) { checksum += digest(w, ++counts[w]); });
  return checksum;
}

measured plain_on_one(const book& b, std::uint64_t readings) {
  const pinned here{0, 0};
  plain_words counts{vocabulary};
  measured m;
  m.checksum = count_once(b, counts);
  const stamp begin = stamp::now();
  for (std::uint64_t r = 1; r < readings; ++r) m.checksum += count_once(b, counts);
  m.took = begin.until(stamp::now());
  m.records = static_cast<double>(b.words * (readings - 1));
  return m;
}

/// Two threads read a half of the readings each; a word goes to its owner as a reference into the text.
measured plain_on_two(const book& b, std::uint64_t readings) {
  struct hashed_word {
    std::string_view text;
  };
  std::array<std::uint64_t, 2> checksums{};
  std::array<plain_words, 2> counts{plain_words{vocabulary}, plain_words{vocabulary}};
  plain_exchange<hashed_word> exchange;
  measured m;
  m.took =
      on_two_threads([](std::size_t) {},
                     [&](std::size_t self) {
                       plain_words& own = counts[self];
                       std::uint64_t checksum = 0;
                       plain_exchange<hashed_word>::end end{exchange, self};
                       const auto take = [&](const hashed_word* w, std::size_t count) {
                         for (std::size_t i = 0; i < count; ++i) checksum += digest(w[i].text, ++own[w[i].text]);
                       };
                       exchange_handlers handlers{take, take, [] {}};
                       for (std::uint64_t r = 0; r < readings / 2; ++r)
                         for (const std::string& line : b.lines)
                           for_each_word(line, [&](std::string_view w) {
                             const std::size_t owner =
                                 (static_cast<std::size_t>(w[0]) ^ static_cast<std::size_t>(w.back()) ^ w.size()) & 1;
                             end.put(owner, {w}, handlers);
                           });
                       end.finish(handlers);
                       checksums[self] = checksum;
                     });
  m.records = static_cast<double>(b.words * (readings / 2 * 2));
  m.checksum = checksums[0] + checksums[1];
  return m;
}

class counts final : public leat::keyed_process<std::string, word, word_count> {
 public:
  void process(const word& w, context&, leat::output<word_count>& out) override { out.emit({w.text, ++count_.at()}); }

 private:
  leat::value_state<std::uint64_t> count_{*this, "count"};
};

measured engine(const std::shared_ptr<const book>& b, std::uint32_t cores, std::uint64_t readings) {
  const std::uint64_t each = readings / cores;
  const std::uint64_t records = b->words * each * cores;
  finish_line line{cores == 1 ? b->words : 0, records};
  leat::application app{"words"};
  const auto read_line = [b](std::uint64_t& next) { return text_line{b->lines[next++ % b->lines.size()]}; };
  app.source("lines", leat::generate(std::uint64_t{0}, read_line)
                          .splits(cores, [](std::uint32_t) { return std::uint64_t{0}; })
                          .limit(b->lines.size() * each * cores))
      .flat_map<word>([](const text_line& l, leat::output<word>& out) {
        for_each_word(l.text, [&out](std::string_view w) { out.emit({std::string{w}}); });
      })
      .key_by(&word::text)
      .process<counts>("counts")
      .sink("finish", finish<word_count>(line, [](const word_count& w) { return digest(w.text, w.count); }));
  const std::string failure = run_engine(app, cores, options_for(cores));
  measured m = line.result(static_cast<double>(records));
  if (!failure.empty()) m.failure = failure;
  return m;
}

void run(benchmark::State& state, std::uint32_t cores, const effort& e) {
  const auto b = std::make_shared<const book>(write_book(e.quick ? 2'000 : 50'000));
  const std::uint64_t readings = (e.quick ? 4 : 30) * cores;
  compare(
      state, cores, e.rounds, [&] { return cores == 1 ? plain_on_one(*b, readings) : plain_on_two(*b, readings); },
      [&] { return engine(b, cores, readings); });
}

}  // namespace

void register_words(const effort& e) {
  for (const std::uint32_t cores : {1U, 2U})
    add("word_count/cores:" + std::to_string(cores), [=](benchmark::State& state) { run(state, cores, e); });
}

}  // namespace bench
