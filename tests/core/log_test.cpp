#include <leat/core/log.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>
#include <string>

namespace {

using leat::log_format;
using leat::log_level;

/// Sends the log into a file while it lives.
class captured_log {
 public:
  captured_log() {
    REQUIRE(file_);
    leat::set_log_output(file_.get());
  }
  ~captured_log() {
    leat::set_log_output(stderr);
    leat::set_log_level(log_level::warning);
    leat::set_log_format(log_format::text);
  }
  captured_log(const captured_log&) = delete;
  captured_log& operator=(const captured_log&) = delete;

  /// What was logged since the last call.
  std::string take() {
    std::string text;
    std::fseek(file_.get(), from_, SEEK_SET);
    for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) text += static_cast<char>(c);
    from_ = std::ftell(file_.get());
    return text;
  }

 private:
  struct close_file {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  std::unique_ptr<std::FILE, close_file> file_{std::tmpfile()};
  long from_ = 0;
};

/// The text with every digit replaced by 'd'.
std::string shape(std::string text) {
  for (char& c : text) c = '0' <= c && c <= '9' ? 'd' : c;
  return text;
}

}  // namespace

TEST_CASE("a healthy job is silent until someone asks for more") {
  captured_log log;
  leat::log(log_level::info, "task", "started");
  CHECK(log.take() == "");
  CHECK_FALSE(leat::log_enabled(log_level::info));
  leat::log(log_level::warning, "task", "slow");
  CHECK(log.take() != "");
  leat::set_log_level(log_level::debug);
  CHECK(leat::log_enabled(log_level::debug));
  leat::log(log_level::debug, "task", "detail");
  CHECK(log.take() != "");
  leat::set_log_level(log_level::error);
  leat::log(log_level::warning, "task", "slow");
  CHECK(log.take() == "");
}

TEST_CASE("text lines") {
  captured_log log;
  const std::string path = "/a b";
  leat::log(log_level::error, "checkpoint", "cannot be taken",
            {{"id", 7U}, {"path", path}, {"name", "x"}, {"ok", false}, {"share", 0.5}, {"empty", ""}});
  const std::string line = log.take();
  CAPTURE(line);
  const std::size_t time_size = std::string{"2024-05-01T12:00:00.000Z"}.size();
  REQUIRE(line.size() > time_size);
  CHECK(shape(line.substr(0, time_size)) == "dddd-dd-ddTdd:dd:dd.dddZ");
  CHECK(line.substr(time_size) ==
        " error checkpoint: cannot be taken id=7 path=\"/a b\" name=x ok=false share=0.500000 empty=\"\"\n");
}

TEST_CASE("JSON lines") {
  captured_log log;
  leat::set_log_format(log_format::json);
  leat::log(log_level::warning, "sink", "a \"quoted\" word",
            {{"count", -3}, {"ok", true}, {"text", "a\\b\n"}, {"share", 1.0 / 0.0}});
  const std::string line = log.take();
  CAPTURE(line);
  CHECK(line.starts_with("{\"time\":\"2"));
  CHECK(line.ends_with(R"(,"level":"warning","component":"sink","message":"a \"quoted\" word","count":-3,"ok":true,)"
                       R"("text":"a\\b\n","share":"inf"})"
                       "\n"));
}

TEST_CASE("nothing that is logged makes a second line or commands the terminal") {
  captured_log log;
  leat::log(log_level::warning, "task", "one\ntwo \x1b[2J", {{"text", "a\r\x7f"}, {"format", "{} %s"}});
  const std::string line = log.take();
  CAPTURE(line);
  CHECK(line.find("one\\ntwo \\u001b[2J text=\"a\\u000d\\u007f\" format=\"{} %s\"\n") != std::string::npos);
}

TEST_CASE("levels by name") {
  for (const auto level : {log_level::debug, log_level::info, log_level::warning, log_level::error}) {
    const auto parsed = leat::parse_log_level(leat::to_string(level));
    REQUIRE(parsed);
    CHECK(*parsed == level);
  }
  const auto parsed = leat::parse_log_level("loud");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().detail.find("choose debug, info, warning or error") != std::string::npos);
}
