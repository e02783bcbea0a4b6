#pragma once

#include <string>

#include "scenario.hpp"

namespace leat::conformance {

/// How a scenario went.
struct outcome {
  enum class kind { passed, failed, unsupported };
  kind what = kind::passed;
  std::string why;  ///< lines for people; empty if it passed
};

/// Runs a scenario against the engine, up to the first difference.
[[nodiscard]] outcome run(const scenario& s);

}  // namespace leat::conformance
