#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <leat/core/file_system.hpp>
#include <leat/core/result.hpp>

#include "json.hpp"

namespace leat::conformance {

/// How the outputs of a step are compared with what is expected.
enum class output_order {
  exact,  ///< this sequence
  by_ts,  ///< records by ascending event time, equal ones in any order
  any,    ///< records in any order
};

/// What one step makes the operator emit.
struct expectation {
  output_order order = output_order::exact;
  std::vector<json> outputs;
};

/// One scenario of a conformance file (schema stream-conformance/1, see public/SCHEMA.md).
struct scenario {
  std::string id;
  std::string area;
  std::string title;
  json oper;                                    ///< `operator`: its type and settings
  std::vector<json> steps;                      ///< or
  std::vector<json> table;                      ///< rows of a pure function
  std::map<std::size_t, expectation> expected;  ///< by step; a step without one emits nothing
  json counters;                                ///< end values; null if none are stated
};

/// Reads one conformance file.
/// Errors: those of the file system; corrupt for malformed JSON, naming file, line and column; incompatible for another
/// schema; invalid_argument for a scenario that breaks the schema, naming file, scenario and member.
[[nodiscard]] result<std::vector<scenario>> read_scenarios(file_system& files, const std::string& path);

}  // namespace leat::conformance
