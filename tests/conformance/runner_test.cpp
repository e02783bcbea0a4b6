#include "runner.hpp"

#include <leat/core/file_system.hpp>

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <sstream>

namespace {

/// What a call of leat-conformance did.
struct call {
  int exit_code;
  std::string out;
  std::string err;
};

call leat_conformance(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = leat::conformance::run_command(arguments, out, err);
  return {exit_code, out.str(), err.str()};
}

/// A folder of scenario files that is gone with the test.
class folder {
 public:
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "leat-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  std::string add(const std::string& name, const std::string& bytes) {
    const std::string path = leat::join_path(path_, name);
    auto file = leat::posix_file_system().create(path);
    REQUIRE(file);
    REQUIRE((*file)->append(bytes));
    REQUIRE((*file)->close());
    return path;
  }

 private:
  std::string path_;
};

std::string document(const std::string& scenarios, const std::string& schema = "stream-conformance/1") {
  return R"({"schema":")" + schema + R"(","scenarios":[)" + scenarios + "]}";
}

std::string scenario(const std::string& members) { return R"({"id":"x","area":"a","title":"t",)" + members + "}"; }

const std::string passing =
    scenario(R"("operator":{"type":"watermark_valve","channels":1},"steps":[{"watermark":5,"channel":0}],
    "expect":[{"after_step":0,"order":"exact","outputs":[{"watermark":5}]}])");
const std::string failing =
    scenario(R"("operator":{"type":"watermark_valve","channels":1},"steps":[{"watermark":5,"channel":0}])");
const std::string not_built = scenario(R"("operator":{"type":"time_machine"},"steps":[{"watermark":5,"channel":0}])");

}  // namespace

TEST_CASE("the exit code and the totals say how it went") {
  struct row {
    const char* title;
    std::string scenarios;
    int exit_code;
    const char* totals;
  };
  for (const row& r : {
           row{"all passed", passing, 0, "1 passed, 0 failed, 0 unsupported\n"},
           row{"some are not built", passing + "," + not_built, 0, "1 passed, 0 failed, 1 unsupported\n"},
           row{"one failed", passing + "," + failing, 1, "1 passed, 1 failed, 0 unsupported\n"},
           row{"nothing is built", not_built, 1, "0 passed, 0 failed, 1 unsupported\n"},
           row{"an unknown step",
               scenario(R"("operator":{"type":"watermark_valve","channels":1},"steps":[{"travel":5}])"), 1,
               "0 passed, 0 failed, 1 unsupported\n"},
           row{"an optional step that cannot be done is passed over",
               scenario(R"("operator":{"type":"watermark_valve","channels":1},"steps":[{"travel":5,"optional":true}],
                        "expect":[{"after_step":0,"order":"any","outputs":[{"arrived":5}]}])"),
               0, "1 passed, 0 failed, 0 unsupported\n"},
           row{"an argument is missing",
               scenario(R"("operator":{"type":"watermark_valve"},"steps":[{"watermark":5,"channel":0}])"), 1,
               "0 passed, 1 failed, 0 unsupported\n"},
           row{"a wrong row", scenario(R"("operator":{"type":"default_max_parallelism"},
                                       "table":[{"parallelism":1,"default_max_parallelism":127}])"),
               1, "0 passed, 1 failed, 0 unsupported\n"},
           row{"a column that nobody computes", scenario(R"("operator":{"type":"default_max_parallelism"},
                        "table":[{"parallelism":1,"default_max_parallelism":128,"x":1}])"),
               1, "0 passed, 1 failed, 0 unsupported\n"},
           row{"a counter that the harness does not show",
               scenario(R"("operator":{"type":"watermark_valve","channels":1},"steps":[{"watermark":5,"channel":0}],
                        "expect":[{"after_step":0,"order":"exact","outputs":[{"watermark":5}]}],
                        "counters":{"late":0})"),
               1, "0 passed, 1 failed, 0 unsupported\n"},
       }) {
    CAPTURE(r.title);
    folder f;
    f.add("one.json", document(r.scenarios));
    const call c = leat_conformance({f.path()});
    CAPTURE(c.out);
    CHECK(c.exit_code == r.exit_code);
    CHECK(c.out.ends_with(r.totals));
    CHECK(c.err == "");
  }
}

TEST_CASE("a failure says which step, what was expected and what came") {
  const call c = leat_conformance({LEAT_CONFORMANCE_DIRECTORY "/broken/failing.json"});
  CAPTURE(c.out);
  CHECK(c.exit_code == 1);
  for (const char* part :
       {"FAIL         broken/broken-expectation  Expects a watermark", "step 1 {\"channel\":1,\"watermark\":3}",
        "expected exactly [{\"watermark\":5}]", "got [{\"watermark\":3}]"}) {
    CAPTURE(part);
    CHECK(c.out.find(part) != std::string::npos);
  }
}

TEST_CASE("unusable input is said clearly, and nothing runs") {
  struct row {
    const char* title;
    std::string bytes;
    const char* reason;
  };
  const std::string steps = R"("operator":{"type":"t"},"steps":[{"watermark":5}])";
  for (const row& r : {
           row{"malformed JSON", "{\"schema\":\n \"stream-conformance/1\",}", "line 2, column 25"},
           row{"empty file", "", "line 1, column 1"},
           row{"no object", "[]", "must be an object"},
           row{"no schema", "{}", "'schema' must be a string"},
           row{"another schema", document(passing, "stream-conformance/2"), "unknown schema 'stream-conformance/2'"},
           row{"no scenarios", document(""), "there is no scenario in it"},
           row{"a fraction", document(scenario(R"("operator":{"type":"t"},"steps":[{"watermark":1.5}])")),
               "$.scenarios[0].steps[0].watermark: 1.5 is not a signed 64-bit integer"},
           row{"too large",
               document(scenario(R"("operator":{"type":"t"},"steps":[{"watermark":9223372036854775808}])")),
               "is not a signed 64-bit integer"},
           row{"nested without end",
               document(scenario(steps + R"(,"x":)" + std::string(200'000, '[') + std::string(200'000, ']'))),
               "nested too deeply"},
           row{"no id", document("{}"), "scenario 0: 'id' must be a string"},
           row{"no operator", document(scenario(R"("steps":[{"watermark":5}])")),
               "scenario 'x': 'operator' must be an object"},
           row{"no steps", document(scenario(R"("operator":{"type":"t"})")), "either 'steps' or a 'table'"},
           row{"steps of numbers", document(scenario(R"("operator":{"type":"t"},"steps":[1])")),
               "'steps' must hold objects only"},
           row{"an expectation of no step",
               document(scenario(steps + R"(,"expect":[{"after_step":1,"order":"any","outputs":[]}])")),
               "the number of a step"},
           row{"two expectations of one step",
               document(
                   scenario(steps + R"(,"expect":[{"after_step":0,"order":"any"},{"after_step":0,"order":"any"}])")),
               "step 0 has two expectations"},
           row{"an unknown order",
               document(scenario(steps + R"(,"expect":[{"after_step":0,"order":"some","outputs":[]}])")),
               "no order 'some'"},
       }) {
    CAPTURE(r.title);
    folder f;
    f.add("good.json", document(passing));
    const std::string path = f.add("odd.json", r.bytes);
    const call c = leat_conformance({f.path()});
    CHECK(c.exit_code == 2);
    CHECK(c.out == "");
    CAPTURE(c.err);
    CHECK(c.err.find(path) != std::string::npos);
    CHECK(c.err.find(r.reason) != std::string::npos);
  }
}

TEST_CASE("arguments") {
  folder empty;
  struct row {
    std::vector<std::string> arguments;
    int exit_code;
    const char* part;
  };
  for (const row& r : {row{{}, 2, "name a folder or a file"}, row{{"--help"}, 0, "usage: leat-conformance"},
                       row{{"--loud"}, 2, "there is no option --loud"}, row{{"/no/such"}, 2, "/no/such: No such file"},
                       row{{empty.path()}, 2, "there is no *.json"}}) {
    CAPTURE(r.part);
    const call c = leat_conformance(r.arguments);
    CHECK(c.exit_code == r.exit_code);
    CHECK((c.out + c.err).find(r.part) != std::string::npos);
  }
}
