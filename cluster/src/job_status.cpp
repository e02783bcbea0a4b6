#include <leat/cluster/job_status.hpp>

namespace leat {

std::string_view to_string(job_state s) {
  switch (s) {
    case job_state::starting: return "starting";
    case job_state::running: return "running";
    case job_state::restarting: return "restarting";
    case job_state::stopping: return "stopping";
    case job_state::finished: return "finished";
    case job_state::stopped: return "stopped";
    case job_state::failed: return "failed";
  }
  return "unknown";
}

}  // namespace leat
