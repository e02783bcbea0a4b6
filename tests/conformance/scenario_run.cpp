#include "scenario_run.hpp"

#include <exception>

#include "comparison.hpp"
#include "operator_harness.hpp"

namespace leat::conformance {
namespace {

/// A step may be marked as optional; then an engine that cannot do it passes it over with what is expected of it.
bool may_be_passed_over(const json& step) { return step.value("optional", false); }

std::string why_step_fails(operator_harness& harness, const scenario& s, std::size_t index) {
  const json& step = s.steps[index];
  outputs got;
  try {
    got = harness.take_step(step);
  } catch (const unsupported&) {
    if (!may_be_passed_over(step)) throw;
    return {};
  }
  const auto found = s.expected.find(index);
  const std::string why = difference(found == s.expected.end() ? expectation{} : found->second, got);
  return why.empty() ? why : "step " + std::to_string(index) + " " + step.dump() + ": " + why;
}

std::string why_row_fails(operator_harness& harness, const scenario& s, std::size_t index) {
  const json& row = s.table[index];
  const json got = harness.fill_row(row);
  if (got == row) return {};
  return "row " + std::to_string(index) + ": the columns differ\n  expected " + row.dump() + "\n  got " + got.dump();
}

std::string why_counters_fail(const operator_harness& harness, const scenario& s) {
  const auto got = harness.counters();
  for (const auto& [name, value] : s.counters.items()) {
    const auto found = got.find(name);
    if (found == got.end()) return "counter " + name + ": expected " + value.dump() + ", but the harness shows none";
    if (value != found->second) {
      return "counter " + name + ": expected " + value.dump() + ", got " + std::to_string(found->second);
    }
  }
  return {};
}

std::string why_fails(const scenario& s) {
  const auto harness = make_harness(s.oper);
  for (std::size_t i = 0; i < s.table.size(); ++i) {
    if (std::string why = why_row_fails(*harness, s, i); !why.empty()) return why;
  }
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    if (std::string why = why_step_fails(*harness, s, i); !why.empty()) return why;
  }
  return why_counters_fail(*harness, s);
}

}  // namespace

outcome run(const scenario& s) {
  try {
    std::string why = why_fails(s);
    return {why.empty() ? outcome::kind::passed : outcome::kind::failed, std::move(why)};
  } catch (const unsupported& e) {
    return {outcome::kind::unsupported, e.what()};
  } catch (const std::exception& e) {  // of the engine, of user code in it, or of JSON that lacks a member
    return {outcome::kind::failed, std::string{"exception: "} + e.what()};
  }
}

}  // namespace leat::conformance
