#include "program_description.hpp"

namespace leat {

std::vector<option_description> options_of(const program_description& p, const command_description& c) {
  std::vector<option_description> all = c.options;
  if (c.job) all.insert(all.end(), p.job_options.begin(), p.job_options.end());
  return all;
}

}  // namespace leat
