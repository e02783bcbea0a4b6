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
  if (s.state_directory.empty())
    return error{errc::invalid_argument, "--state-dir: a directory needs a name; 'none' keeps the state in memory"};
  job_options o;
  o.application = app.name() + "/" + command;
  o.state_directory = s.state_directory;
  const auto narrow = [](std::uint64_t n) { return static_cast<std::uint32_t>(n); };
  o.parallelism = narrow(s.parallelism.value.value_or(std::max(1U, std::thread::hardware_concurrency())));
  if (s.max_parallelism.value) o.max_parallelism = narrow(*s.max_parallelism.value);
  if (o.max_parallelism && *o.max_parallelism < o.parallelism)
    return error{errc::invalid_argument,
                 fmt::format("--max-parallelism: {} key groups are too few for a parallelism of {}; each subtask needs "
                             "one: raise --max-parallelism or lower --parallelism",
                             *o.max_parallelism, o.parallelism)};
  o.checkpoint_interval = s.checkpoint_interval.value_or(std::chrono::seconds{10});
  if (*o.checkpoint_interval == duration{0}) o.checkpoint_interval.reset();
  o.checkpoints_retained = s.checkpoints_retained.value.value_or(3);
  o.batch_records_max = s.batch_records.value.value_or(0);
  o.threads = s.threads.value.value_or(0);
  auto restarts = parse_restart_strategy(s.restart);
  if (!restarts) return error{errc::invalid_argument, "--restart: " + restarts.error().detail};
  o.restarts = *restarts;
  return o;
}

/// For a state directory called 'none'.
void keep_state_in_memory(job_options& o, std::unique_ptr<file_system>& memory) {
  memory = make_memory_file_system();
  o.state_files = memory.get();
  o.state_directory = "state";
}

/// Of a job that ran, or that what it finds on disk keeps from running.
int failed(const std::string& name, const error& e) {
  std::fprintf(stderr, "%s: %s\n", name.c_str(), e.detail.c_str());
  return 1;
}

/// Of a job that has not begun: an invalid argument is one of the command line then.
int refused(const std::string& name, const std::string& command, const error& e) {
  if (e.code != errc::invalid_argument) return failed(name, e);
  return usage_error(name + " " + command, e.detail + ".");
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
    return refused(name_, chosen.command->name_, described.error());
  auto options = options_of(*this, chosen.command->name_, s);
  if (!options) return refused(name_, chosen.command->name_, options.error());
  std::unique_ptr<file_system> memory;
  if (s.state_directory == "none") keep_state_in_memory(*options, memory);

  catch_stop_signals();
  const auto began = system_clock().monotonic();
  auto job = start_job(graph(), *options);
  if (!job) return refused(name_, chosen.command->name_, job.error());
  std::unique_ptr<metrics_endpoint> endpoint;
  if (s.metrics_port.value) {
    auto served =
        serve_metrics("127.0.0.1", static_cast<std::uint32_t>(*s.metrics_port.value), (*job)->status(), system_clock());
    if (!served) return failed(name_, served.error());
    endpoint = *std::move(served);
    std::fprintf(stderr, "%s: metrics at http://127.0.0.1:%u/metrics\n", name_.c_str(), endpoint->port());
  }
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
  if (!*end) return failed(name_, end->error());
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
