#pragma once

#include <string>

#include "operator_harness.hpp"
#include "scenario.hpp"

namespace leat::conformance {

/// How what came out differs from what was expected, for people; empty if it does not.
///
/// In the orders by_ts and any, watermarks and statuses must come behind all records, in the listed sequence; records,
/// and side outputs on their own, are compared as multisets. `blocked` outputs are compared only where both sides have
/// them. Source: public/SCHEMA.md.
[[nodiscard]] std::string difference(const expectation& expected, const outputs& got);

}  // namespace leat::conformance
