#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <leat/application.hpp>
#include <leat/core/key_group.hpp>

#include "program_description.hpp"

namespace leat {

/// A number that an option may set, within bounds.
template <std::uint64_t Lowest, std::uint64_t Highest>
struct number_within {
  std::optional<std::uint64_t> value;
};

template <std::uint64_t Lowest, std::uint64_t Highest>
[[nodiscard]] std::optional<std::string> parse_option(std::string_view text, number_within<Lowest, Highest>& to) {
  std::uint64_t number = 0;
  if (!parse_option(text, number) && Lowest <= number && number <= Highest) return to.value = number, std::nullopt;
  return "'" + std::string{text} + "' is not a whole number from " + std::to_string(Lowest) + " to " +
         std::to_string(Highest);
}

/// The options that every job command has.
struct job_settings {
  number_within<1, key_group_limit> parallelism;
  number_within<1, key_group_limit> max_parallelism;
  std::string state_directory;
  std::optional<duration> checkpoint_interval;
  number_within<1, 1'000'000> checkpoints_retained;
  number_within<1, 65536> batch_records;
  number_within<1, 1024> threads;
  number_within<0, 65535> metrics_port;
  std::string restart = "fixed-delay:3:1s";
  std::string log_level = "warning";
  std::string log_format = "text";
  std::string progress = "auto";
};

/// Reads the command line of an application.
class command_line {
 public:
  /// What is to be done.
  struct choice {
    leat::command* command = nullptr;
    job_settings settings;
    std::optional<int> exit_code;  ///< set if there is nothing to do any more: help was shown, or the usage is wrong
  };

  /// Help goes to stdout, errors to stderr.
  static choice read(application& app, int argc, char** argv);

  /// What `app` takes, with the commands and options that every application has.
  static program_description describe(const application& app);

 private:
  static std::string placeholder_of(const option& o);
};

/// Says on stderr what is wrong with the command line and how to get help with `shown`, a program and perhaps a command.
/// The result is the exit code.
int usage_error(const std::string& shown, const std::string& what);

/// "none", "fixed-delay:ATTEMPTS:DELAY", "exponential-delay:FIRST:LONGEST:CALM", "failure-rate:FAILURES:INTERVAL:DELAY".
[[nodiscard]] result<restart_strategy> parse_restart_strategy(std::string_view text);

}  // namespace leat
