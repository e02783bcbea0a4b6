#include "directory_checkpoint.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace leat {
namespace {

/// For each operator of the checkpoint the first table that counts: the one behind the last table
/// that does not list the operator.
std::map<std::string, std::size_t> first_tables(const checkpoint_manifest& manifest, const open_tables& tables) {
  std::map<std::string, std::size_t> first_of;
  for (const auto& o : manifest.operators) first_of.emplace(o.schema.uid, 0);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    std::set<std::string> listed;
    for (const auto& o : tables[t]->contents().operators) listed.insert(o.schema.uid);
    for (auto& [uid, first] : first_of)
      if (!listed.contains(uid)) first = t + 1;
  }
  return first_of;
}

}  // namespace

directory_checkpoint::directory_checkpoint(checkpoint_manifest manifest, open_tables tables,
                                           std::vector<skipped_checkpoint> skipped)
    : manifest_(std::move(manifest)), tables_(std::move(tables)), skipped_(std::move(skipped)) {}

result<void> directory_checkpoint::for_each_chunk(const chunk_function& take) {
  const auto first_of = first_tables(manifest_, tables_);
  for (std::size_t t = 0; t < tables_.size(); ++t) {
    const auto& operators = tables_[t]->contents().operators;
    const bool newest = t + 1 == tables_.size();
    const auto wanted = [&](const chunk_entry& c) {
      if (c.kind == chunk_kind::operator_state && !newest) return false;
      const auto first = first_of.find(operators[c.operator_index].schema.uid);
      return first != first_of.end() && first->second <= t;
    };
    LEAT_CHECK(tables_[t]->for_each(wanted, take));
  }
  return {};
}

}  // namespace leat
