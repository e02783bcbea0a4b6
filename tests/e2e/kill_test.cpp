#include <doctest/doctest.h>

#include <leat/core/random.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "program.hpp"

namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool any_file(const std::string& directory, const std::function<bool(const std::string&)>& matches) {
  std::error_code gone;  // the program works there while we look
  for (fs::directory_iterator it{directory, gone}, end; !gone && it != end; it.increment(gone))
    if (matches(it->path().filename().string())) return true;
  return false;
}

/// A moment at which to kill.
enum class moment { any_time, mid_checkpoint, between_prepare_and_commit };

/// Output has been prepared and is not committed.
bool output_is_pending(const std::string& directory) {
  return any_file(directory, [](const std::string& name) { return name.ends_with(".pending"); });
}

/// A table is being written, or is there without its manifest.
bool checkpoint_is_being_written(const std::string& state) {
  const std::string directory = state + "/checkpoints";
  return any_file(directory, [&](const std::string& name) {
    return name.ends_with(".sst") && !fs::exists(directory + "/" + name.substr(0, name.size() - 4) + ".manifest");
  });
}

struct outcome {
  int runs = 0;
  int killed[3] = {0, 0, 0};  ///< per moment
};

std::vector<std::string> command(const scratch_directory& dir, const std::string& out, const std::string& input) {
  return {"run",          "--transactions",        input,         "--features-out",       dir / (out + "-features"),
          "--alerts-out", dir / (out + "-alerts"), "--state-dir", dir / (out + "-state"), "--checkpoint-interval",
          "20ms",         "--parallelism",         "2",           "--threshold",          "0.1"};
}

/// Runs the command, kills it `kills` times at moments drawn from the seed, each time starting it again.
outcome run_with_kills(const scratch_directory& dir, const std::string& input, int kills, std::uint64_t seed) {
  using clock = std::chrono::steady_clock;
  leat::random random{seed};
  outcome o;
  for (int left = kills;; --left) {
    program fraud{"fraud", command(dir, "killed", input), dir / "killed.log"};
    ++o.runs;
    if (left == 0) {
      const int code = fraud.wait();
      INFO(contents(dir / "killed.log"));
      REQUIRE(code == 0);
      return o;
    }
    const auto what = static_cast<moment>(random.below(3));
    const auto not_before = clock::now() + std::chrono::microseconds{10'000 + random.below(60'000)};
    const auto give_up = not_before + std::chrono::milliseconds{200};
    const auto ended = fraud.wait_until([&] {
      const auto now = clock::now();
      if (now < not_before) return false;
      if (what == moment::mid_checkpoint) return checkpoint_is_being_written(dir / "killed-state") || now > give_up;
      if (what == moment::between_prepare_and_commit)
        return output_is_pending(dir / "killed-features") || now > give_up;
      return true;
    });
    if (ended) {
      INFO(contents(dir / "killed.log"));
      REQUIRE(*ended == 0);  // the input ended before all kills were done
      return o;
    }
    fraud.kill();
    ++o.killed[static_cast<int>(what)];
  }
}

TEST_CASE("25 kills at random moments leave output equal to an undisturbed run") {
  const scratch_directory dir;
  const std::string input = dir / "transactions.csv";
  REQUIRE(program{"fraud", {"generate", "--days", "100", "--seed", "7", "--out", input}, dir / "generate.log"}.wait() ==
          0);

  REQUIRE(program{"fraud", command(dir, "calm", input), dir / "calm.log"}.wait() == 0);
  const auto want_features = committed_rows(dir / "calm-features");
  const auto want_alerts = committed_rows(dir / "calm-alerts");
  REQUIRE(want_features.size() > 500'000);
  REQUIRE(want_alerts.size() > 1000);

  const outcome o = run_with_kills(dir, input, 25, 2026);
  MESSAGE("runs " << o.runs << ", killed at any time " << o.killed[0] << ", mid-checkpoint " << o.killed[1]
                  << ", between prepare and commit " << o.killed[2]);
  CHECK(o.killed[0] + o.killed[1] + o.killed[2] == 25);
  CHECK(committed_rows(dir / "killed-features") == want_features);
  CHECK(committed_rows(dir / "killed-alerts") == want_alerts);
}

}  // namespace
