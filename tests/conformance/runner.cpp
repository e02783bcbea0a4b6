#include "runner.hpp"

#include <leat/core/file_system.hpp>

#include <ostream>
#include <string_view>

#include "scenario.hpp"
#include "scenario_run.hpp"

namespace leat::conformance {
namespace {

constexpr int exit_passed = 0;
constexpr int exit_failed = 1;
constexpr int exit_unusable = 2;

constexpr std::string_view usage =
    "usage: leat-conformance DIR_OR_FILE...\n"
    "\n"
    "Runs conformance scenarios (schema stream-conformance/1) against Leat's own classes. Of a folder, every *.json "
    "is\n"
    "read. Prints a line for each scenario:\n"
    "\n"
    "  pass          AREA/ID  TITLE\n"
    "  FAIL          AREA/ID  TITLE, and below it the step, what was expected and what came\n"
    "  unsupported   AREA/ID  TITLE (what is lacking)\n"
    "\n"
    "and at the end: N passed, N failed, N unsupported\n"
    "\n"
    "Exit code: 0 if nothing failed and at least one scenario passed, 1 if not, 2 if the input cannot be used.\n";

struct totals {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t unsupported = 0;
};

/// The files that an argument stands for, in order of name.
result<std::vector<std::string>> files_of(file_system& files, const std::string& path) {
  if (!files.is_directory(path)) return std::vector<std::string>{path};
  LEAT_TRY(entries, files.list(path));
  std::vector<std::string> found;
  for (const directory_entry& e : entries) {
    if (!e.directory && e.name.ends_with(".json")) found.push_back(join_path(path, e.name));
  }
  if (found.empty()) return error{errc::not_found, path + ": there is no *.json in this folder"};
  return found;
}

/// Everything is read before anything runs. Says all that is wrong, not only the first.
result<std::vector<scenario>> read_all(file_system& files, const std::vector<std::string>& paths, std::ostream& err) {
  std::vector<scenario> all;
  std::size_t unusable = 0;
  const auto complain = [&](const error& e) {
    err << "leat-conformance: " << e.detail << '\n';
    ++unusable;
  };
  for (const std::string& path : paths) {
    const auto names = files_of(files, path);
    if (!names) {
      complain(names.error());
      continue;
    }
    for (const std::string& name : *names) {
      auto scenarios = read_scenarios(files, name);
      if (!scenarios) {
        complain(scenarios.error());
        continue;
      }
      for (scenario& s : *scenarios) all.push_back(std::move(s));
    }
  }
  if (unusable > 0) return error{errc::invalid_argument, std::to_string(unusable) + " inputs cannot be used"};
  return all;
}

void report(const scenario& s, const outcome& o, std::ostream& out) {
  const std::string name = s.area + "/" + s.id + "  " + s.title;
  switch (o.what) {
    case outcome::kind::passed: out << "pass         " << name << '\n'; break;
    case outcome::kind::failed: out << "FAIL         " << name << "\n  " << o.why << '\n'; break;
    case outcome::kind::unsupported: out << "unsupported  " << name << " (" << o.why << ")\n"; break;
  }
}

void count(const outcome& o, totals& t) {
  switch (o.what) {
    case outcome::kind::passed: ++t.passed; break;
    case outcome::kind::failed: ++t.failed; break;
    case outcome::kind::unsupported: ++t.unsupported; break;
  }
}

}  // namespace

int run_command(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "-h") {
      out << usage;
      return exit_passed;
    }
    if (argument.starts_with('-')) {
      err << "leat-conformance: there is no option " << argument << "\n\n" << usage;
      return exit_unusable;
    }
  }
  if (arguments.empty()) {
    err << "leat-conformance: name a folder or a file with scenarios\n\n" << usage;
    return exit_unusable;
  }
  const auto scenarios = read_all(posix_file_system(), arguments, err);
  if (!scenarios) return exit_unusable;
  totals t;
  for (const scenario& s : *scenarios) {
    const outcome o = run(s);
    count(o, t);
    report(s, o, out);
  }
  out << t.passed << " passed, " << t.failed << " failed, " << t.unsupported << " unsupported\n";
  return t.failed == 0 && t.passed > 0 ? exit_passed : exit_failed;
}

}  // namespace leat::conformance
