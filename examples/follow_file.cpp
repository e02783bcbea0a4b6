/// A source of your own: follows a text file that grows, and goes on where it was.
///
/// Run:  printf 'oven 180\n' > readings.txt && build/bin/follow_file --file readings.txt
///       Append lines while it runs, stop it with Ctrl-C, append more, run it again.
/// See:  each line once, also those that came while nothing ran.

#include <leat/leat.hpp>

#include <array>
#include <charconv>

struct reading {
  std::string sensor;
  std::string value;
  LEAT_FIELDS(sensor, value);
};

// [snippet: reader]
/// Reads one file. The position is the offset behind the last whole line that was handed on.
class line_reader : public leat::split_reader<reading> {
 public:
  line_reader(std::unique_ptr<leat::readable_file> file, std::uint64_t offset, const leat::connector_context& context)
      : file_(std::move(file)), offset_(offset), context_(context) {}

  leat::result<leat::read_result> read(leat::batch<reading>& to) override {
    std::array<char, 4096> buffer;
    LEAT_TRY(count, file_->read(offset_, buffer.data(), buffer.size()));
    std::string_view text{buffer.data(), count};
    for (auto end = text.find('\n'); end != text.npos && !to.full(); end = text.find('\n')) {
      const auto space = text.find(' ');
      if (space > end) return malformed("a line without a space");
      to.push({std::string{text.substr(0, space)}, std::string{text.substr(space + 1, end - space - 1)}},
              leat::no_event_time);
      offset_ += end + 1;
      text.remove_prefix(end + 1);
    }
    if (!to.empty()) return leat::read_result{};  // more may follow at once
    if (count == buffer.size()) return malformed("a line of more than 4096 bytes");
    return leat::read_result{leat::read_result::state::waiting, context_.time->now() + leat::duration{100}};
  }

  [[nodiscard]] std::string position() const override { return std::to_string(offset_); }

 private:
  [[nodiscard]] leat::error malformed(const std::string& what) const {
    return {leat::errc::corrupt, context_.uid + ": " + what + " at byte " + std::to_string(offset_)};
  }

  std::unique_ptr<leat::readable_file> file_;
  std::uint64_t offset_;
  leat::connector_context context_;
};
// [end]

// [snippet: connector]
/// Describes the source: one split, the file.
class follow_file : public leat::source_connector<reading> {
 public:
  explicit follow_file(std::string path) : path_(std::move(path)) {}

  leat::result<std::vector<leat::source_split>> splits(const leat::connector_context&) const override {
    return std::vector<leat::source_split>{{path_}};
  }

  leat::result<std::unique_ptr<leat::split_reader<reading>>> open(
      const leat::source_split& split, std::string_view position,
      const leat::connector_context& context) const override {
    std::uint64_t offset = 0;  // an empty position: from the beginning
    const auto [end, wrong] = std::from_chars(position.begin(), position.end(), offset);
    if (!position.empty() && (wrong != std::errc{} || end != position.end()))
      return leat::error{leat::errc::incompatible, context.uid + ": the stored position is not an offset"};
    LEAT_TRY(file, context.files->open(split.id));
    return std::unique_ptr<leat::split_reader<reading>>{
        std::make_unique<line_reader>(std::move(file), offset, context)};
  }

  /// Reads may wait for a disk: the source gets a thread of its own.
  [[nodiscard]] bool blocking() const override { return true; }

 private:
  std::string path_;
};
// [end]

int main(int argc, char** argv) {
  leat::application app{"follow_file", "Prints the lines of a file as they come."};
  std::string file = "readings.txt";
  auto& run = app.command("run", "Follows the file.");
  run.option("--file", file, "The file to follow").placeholder("FILE");
  run.graph([&](leat::application& a) {
    a.source("readings", follow_file{file}).sink("stdout", leat::print_sink<reading>());
  });
  return app.main(argc, argv);
}
