#pragma once

#include <optional>
#include <string>

#include <leat/application.hpp>

#include "program_description.hpp"

namespace leat {

/// The options that every job command has.
struct job_settings {
  std::uint32_t parallelism = 0;
  std::optional<std::uint32_t> max_parallelism;
  std::string state_directory;
  std::optional<duration> checkpoint_interval;
  std::uint64_t checkpoints_retained = 3;
  std::uint64_t batch_records = 0;
  std::uint64_t threads = 0;
  std::optional<std::uint32_t> metrics_port;
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
};

/// "none", "fixed-delay:ATTEMPTS:DELAY", "exponential-delay:FIRST:LONGEST:CALM", "failure-rate:FAILURES:INTERVAL:DELAY".
[[nodiscard]] result<restart_strategy> parse_restart_strategy(std::string_view text);

}  // namespace leat
