#include <leat/application.hpp>
#include <leat/testing/simulation.hpp>

#include <leat/cluster/metrics_endpoint.hpp>
#include <leat/cluster/run_job.hpp>
#include <leat/core/duration.hpp>
#include <leat/core/log.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include <unistd.h>

#include "command_line.hpp"
#include "progress.hpp"

namespace leat {
namespace {

/// Signals that ask for the end so far. A second one ends the process at once.
volatile std::sig_atomic_t stop_signals = 0;

extern "C" void take_stop_signal(int) {
  stop_signals = stop_signals + 1;
  if (stop_signals > 1) _exit(130);
}

void catch_stop_signals() {
  struct sigaction action{};
  action.sa_handler = take_stop_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

result<job_options> options_of(const application& app, const std::string& command, const job_settings& s) {
  job_options o;
  o.application = app.name() + "/" + command;
  o.state_directory = s.state_directory;
  o.parallelism = s.parallelism != 0 ? s.parallelism : std::max(1U, std::thread::hardware_concurrency());
  o.max_parallelism = s.max_parallelism;
  o.checkpoint_interval = s.checkpoint_interval.value_or(std::chrono::seconds{10});
  if (*o.checkpoint_interval == duration{0}) o.checkpoint_interval.reset();
  if (s.checkpoints_retained == 0) return error{errc::invalid_argument, "--checkpoints-retained must be at least 1"};
  o.checkpoints_retained = s.checkpoints_retained;
  if (s.batch_records > 65536) return error{errc::invalid_argument, "--batch-records must be at most 65536"};
  o.batch_records_max = s.batch_records;
  if (s.threads > 1024) return error{errc::invalid_argument, "--threads must be at most 1024"};
  o.threads = s.threads;
  LEAT_TRY(restarts, parse_restart_strategy(s.restart));
  o.restarts = restarts;
  return o;
}

/// For a state directory called 'none'.
void keep_state_in_memory(job_options& o, std::unique_ptr<file_system>& memory) {
  memory = make_memory_file_system();
  o.state_files = memory.get();
  o.state_directory = "state";
}

int fail(const std::string& name, const error& e) {
  std::fprintf(stderr, "%s: %s\n", name.c_str(), e.detail.c_str());
  return e.code == errc::invalid_argument ? 2 : 1;
}

void print_end(const std::string& name, const job_report& r, const job_settings& s, std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const auto records = static_cast<double>(records_read(r));
  std::string line = fmt::format("{}: {}: {} records in {:.1f} s ({}/s)", name, to_string(r.state),
                                 short_number(records), seconds, short_number(seconds > 0 ? records / seconds : 0));
  if (r.restored_from) line += fmt::format(", resumed from checkpoint {}", r.restored_from->value());
  if (r.last_checkpoint && s.state_directory != "none")
    line += fmt::format("; last checkpoint: {} ({:.1f} MB)", r.last_checkpoint->path,
                        static_cast<double>(r.last_checkpoint->bytes_total) / 1e6);
  std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace

application::application(std::string name, std::string help) : name_(std::move(name)), help_(std::move(help)) {}
application::~application() = default;

leat::command& application::command(std::string name, std::string help) {
  commands_.push_back(std::make_unique<leat::command>(std::move(name), std::move(help)));
  return *commands_.back();
}

int application::main(int argc, char** argv) {
  if (commands_.empty())
    command("run", "Runs the application until its input ends, or for ever.").graph([](application&) {});
  command_line::choice chosen = command_line::read(*this, argc, argv);
  if (chosen.exit_code) return *chosen.exit_code;
  if (chosen.command->act_) return chosen.command->act_();

  const job_settings& s = chosen.settings;
  set_log_level(*parse_log_level(s.log_level));
  set_log_format(s.log_format == "json" ? log_format::json : log_format::text);
  if (auto described = chosen.command->describe_(*this); !described)
    return fail(name_ + " " + chosen.command->name_, described.error());
  auto options = options_of(*this, chosen.command->name_, s);
  if (!options) return fail(name_, options.error());
  std::unique_ptr<file_system> memory;
  if (s.state_directory == "none") keep_state_in_memory(*options, memory);

  const auto began = system_clock().monotonic();
  auto job = start_job(graph(), *options);
  if (!job) return fail(name_, job.error());
  std::unique_ptr<metrics_endpoint> endpoint;
  if (s.metrics_port) {
    auto served = serve_metrics("127.0.0.1", *s.metrics_port, (*job)->status(), system_clock());
    if (!served) return fail(name_, served.error());
    endpoint = *std::move(served);
    std::fprintf(stderr, "%s: metrics at http://127.0.0.1:%u/metrics\n", name_.c_str(), endpoint->port());
  }
  catch_stop_signals();
  const bool shown = s.progress == "always" || (s.progress == "auto" && isatty(STDERR_FILENO) != 0);
  progress_line progress{name_, shown ? progress_line::visibility::shown : progress_line::visibility::hidden,
                         system_clock()};
  bool stopping = false;
  std::optional<result<job_report>> end;
  while (!(end = (*job)->wait_for(std::chrono::milliseconds{shown ? 200 : 50}))) {
    if (stop_signals > 0 && !stopping) {
      stopping = true;
      (*job)->stop();
    }
    progress.draw((*job)->status()->read());
  }
  progress.erase();
  if (!*end) return fail(name_, end->error());
  const job_report& report = **end;
  print_end(name_, report, s, system_clock().monotonic() - began);
  if (report.state == job_state::stopped) return 130;
  return chosen.command->after_ ? chosen.command->after_(report) : 0;
}

result<job_report> run(const application& app, job_options options) {
  std::unique_ptr<file_system> memory;
  if (options.application.empty()) options.application = app.name() + "/run";
  if (options.state_directory.empty()) keep_state_in_memory(options, memory);
  LEAT_TRY(job, start_job(app.graph(), std::move(options)));
  return job->wait();
}

result<std::unique_ptr<simulation>> simulate(const application& app, job_options options, std::uint64_t seed) {
  if (options.state_files == nullptr)
    return error{errc::invalid_argument,
                 "a simulated job needs a file system of its own: set state_files, for example to "
                 "a memory_file_system"};
  if (options.files == nullptr) options.files = options.state_files;
  if (options.application.empty()) options.application = app.name() + "/run";
  if (options.state_directory.empty()) options.state_directory = "state";
  return simulate_job(app.graph(), std::move(options), seed);
}

}  // namespace leat
