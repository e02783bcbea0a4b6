#include "engine.hpp"

namespace bench {

measured finish_line::result(double records) const {
  measured m;
  if (end_.wall_s == 0) {
    m.failure = "the engine gave " + std::to_string(passed_.load()) + " results, not " + std::to_string(total_);
    return m;
  }
  m.records = records * static_cast<double>(total_ - timed_from_) / static_cast<double>(total_);
  m.took = begin_.until(end_);
  m.checksum = checksum_.load();
  return m;
}

leat::job_options options_for(std::size_t cores) {
  leat::job_options o;
  o.parallelism = static_cast<std::uint32_t>(cores);
  o.threads = cores;
  o.restarts = leat::restart_strategy::none();
  return o;
}

std::string run_engine(const leat::application& app, std::size_t cores, leat::job_options options) {
  const pinned here{0, cores - 1};
  const auto report = leat::run(app, std::move(options));
  return report ? std::string{} : report.error().detail;
}

}  // namespace bench
