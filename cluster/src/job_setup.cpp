#include "job_setup.hpp"

#include <leat/actors/execution_plan.hpp>

#include <algorithm>
#include <string>
#include <thread>

namespace leat {

result<void> complete_options(const job_graph& graph, job_options& options) {
  if (options.parallelism == 0) return error{errc::invalid_argument, "parallelism must be at least 1"};
  if (options.max_parallelism &&
      (*options.max_parallelism < options.parallelism || *options.max_parallelism > key_group_limit))
    return error{errc::invalid_argument, "max parallelism must be from the parallelism (" +
                                             std::to_string(options.parallelism) + ") to " +
                                             std::to_string(key_group_limit)};
  if (options.mode == alignment::unaligned)
    return error{errc::invalid_argument, "unaligned checkpoints do not exist yet; choose aligned or at_least_once"};
  if (options.checkpoint_interval && *options.checkpoint_interval < duration{1})
    return error{errc::invalid_argument, "the checkpoint interval must be at least 1 ms"};
  if (options.threads == 0) options.threads = std::max(1U, std::thread::hardware_concurrency());
  if (options.time == nullptr) options.time = &system_clock();
  if (options.files == nullptr) options.files = &posix_file_system();
  if (options.state_files == nullptr) options.state_files = &posix_file_system();
  LEAT_CHECK(make_plan(graph, options.parallelism,
                       options.max_parallelism.value_or(default_max_parallelism(options.parallelism))));
  return {};
}

result<std::unique_ptr<checkpoint_store>> open_store(const job_options& options) {
  return open_checkpoint_store(*options.state_files, {.directory = options.state_directory,
                                                      .application = options.application,
                                                      .retained = options.checkpoints_retained});
}

}  // namespace leat
