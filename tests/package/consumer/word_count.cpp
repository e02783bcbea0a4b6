/// Counts words as they come.

#include <leat/leat.hpp>

struct word {
  std::string text;
  LEAT_FIELDS(text);
};

struct count {
  std::string text;
  std::uint64_t times;
  LEAT_FIELDS(text, times);
};

class counter : public leat::keyed_process<std::string, word, count> {
 public:
  void process(const word& w, context&, leat::output<count>& out) override {
    times_.set(times_.value_or(0) + 1);
    out.emit({w.text, times_.get()});
  }

 private:
  leat::value_state<std::uint64_t> times_{*this, "times"};
};

int main(int argc, char** argv) {
  leat::application app{"word_count", "Counts words as they come."};
  app.source("words", leat::from_collection<word>({{"to"}, {"be"}, {"or"}, {"not"}, {"to"}, {"be"}}))
      .key_by(&word::text)
      .process<counter>("counter")
      .sink("counts", leat::print_sink<count>());
  return app.main(argc, argv);
}
