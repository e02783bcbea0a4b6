#include "pace_groups.hpp"

#include <leat/core/assert.hpp>

#include <algorithm>

namespace leat {

void pace_groups::add(const std::string& group, std::size_t member) {
  groups_[group].reached[member] = watermark::none();
  group_of_[member] = group;
}

std::optional<pace_groups::news> pace_groups::report(std::size_t member, const pace_report& r) {
  const auto known = group_of_.find(member);
  LEAT_ASSERT(known != group_of_.end(), "a source that is in no pace group has reported its pace");
  paces& g = groups_[known->second];
  g.reached[member] = r.reached;
  watermark slowest = watermark::end();
  for (const auto& [m, reached] : g.reached)
    if (reached) slowest = std::min(slowest, *reached);
  if (slowest == g.slowest) return std::nullopt;
  g.slowest = slowest;
  news n{{}, slowest};
  for (const auto& [m, reached] : g.reached) n.members.push_back(m);
  return n;
}

}  // namespace leat
