#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/result.hpp>
#include <leat/core/time.hpp>

namespace leat {

class application;
struct job_report;

/// Reads an option's text into a value; returns why it cannot, or nothing. One for each type an option may have; for a
/// type of your own, put a function of this name beside it.
[[nodiscard]] std::optional<std::string> parse_option(std::string_view text, std::string& value);
[[nodiscard]] std::optional<std::string> parse_option(std::string_view text, std::int64_t& value);
[[nodiscard]] std::optional<std::string> parse_option(std::string_view text, std::uint64_t& value);
[[nodiscard]] std::optional<std::string> parse_option(std::string_view text, std::uint32_t& value);
[[nodiscard]] std::optional<std::string> parse_option(std::string_view text, double& value);
[[nodiscard]] std::optional<std::string> parse_option(std::string_view text,
                                                      duration& value);  ///< "500ms", "5s", "2min"
template <class T>
[[nodiscard]] std::optional<std::string> parse_option(std::string_view text, std::optional<T>& value) {
  return parse_option(text, value.emplace());
}

/// An option of a command.
class option {
 public:
  option(std::string name, std::string help, std::function<std::optional<std::string>(std::string_view)> parse)
      : name_(std::move(name)), help_(std::move(help)), parse_(std::move(parse)) {}

  /// The command is refused without it.
  option& required() {
    required_ = true;
    return *this;
  }
  /// What stands for the value in the help text, for example "TIME". Where it is FILE, DIR or FILE_OR_DIR, the shells
  /// complete paths.
  option& placeholder(std::string text) {
    placeholder_ = std::move(text);
    return *this;
  }
  /// The only texts that are accepted.
  option& one_of(std::vector<std::string> choices) {
    choices_ = std::move(choices);
    return *this;
  }

 private:
  friend class command;
  friend class command_line;
  std::string name_;
  std::string help_;
  std::function<std::optional<std::string>(std::string_view)> parse_;  ///< empty: a flag
  bool* flag_ = nullptr;
  bool required_ = false;
  std::string placeholder_;
  std::vector<std::string> choices_;
};

/// Something an application can be asked to do: `fraud run`, `fraud generate`. Either a job, described by a graph, or
/// an action.
class command {
 public:
  command(std::string name, std::string help) : name_(std::move(name)), help_(std::move(help)) {}

  /// Adds `--name VALUE`; `target` keeps its value unless the option is given, and outlives the command.
  template <class T>
  leat::option& option(std::string name, T& target, std::string help) {
    options_.push_back(std::make_unique<leat::option>(
        std::move(name), std::move(help), [&target](std::string_view text) { return parse_option(text, target); }));
    return *options_.back();
  }
  /// Adds `--name`, which sets `target`.
  leat::option& flag(std::string name, bool& target, std::string help);

  /// The command runs a job: `describe`, (application&) → void or result<void>, builds its graph once the options are
  /// known. An error is shown with the command's name; invalid_argument counts as wrong usage.
  template <class F>
  command& graph(F describe) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, application&>>)
      describe_ = [describe](application& a) -> result<void> {
        describe(a);
        return {};
      };
    else
      describe_ = std::move(describe);
    return *this;
  }
  /// Called when the job has finished, with its final report; what it returns is the exit code.
  command& after(std::function<int(const job_report&)> then) {
    after_ = std::move(then);
    return *this;
  }
  /// The command does something else; what it returns is the exit code.
  command& action(std::function<int()> act) {
    act_ = std::move(act);
    return *this;
  }

 private:
  friend class application;
  friend class command_line;
  std::string name_;
  std::string help_;
  std::vector<std::unique_ptr<leat::option>> options_;
  std::function<result<void>(application&)> describe_;
  std::function<int(const job_report&)> after_;
  std::function<int()> act_;
};

}  // namespace leat
