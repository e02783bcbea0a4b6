#include "operator_harness.hpp"

#include <leat/core/assert.hpp>

namespace leat::conformance {
namespace {

/// Filled while the program starts, before main, by the constants of the operators' files.
std::map<std::string, harness_factory>& known_operators() {
  static std::map<std::string, harness_factory> known;
  return known;
}

}  // namespace

outputs operator_harness::take_step(const json&) { throw unsupported("this operator is a function without steps"); }
json operator_harness::fill_row(const json&) { throw unsupported("this operator is no function of a table's rows"); }
std::map<std::string, std::int64_t> operator_harness::counters() const { return {}; }

std::string kind_of(const json& step) {
  // Those whose name is also an argument of other steps come last.
  for (const char* kind : {"element", "processing_time", "periodic_emit", "snapshot_and_restore", "state", "data",
                           "barrier", "cancel", "end_of_channel", "inspect", "watermark", "status"}) {
    if (step.contains(kind)) return kind;
  }
  throw unsupported("unknown step " + step.dump());
}

operator_registration::operator_registration(const char* type, harness_factory make) {
  const bool fresh = known_operators().emplace(type, make).second;
  LEAT_ASSERT(fresh, "two harnesses for one operator");
}

std::unique_ptr<operator_harness> make_harness(const json& oper) {
  const auto type = oper.at("type").get<std::string>();
  const auto found = known_operators().find(type);
  if (found == known_operators().end()) throw unsupported("no operator '" + type + "'");
  return found->second(oper);
}

}  // namespace leat::conformance
