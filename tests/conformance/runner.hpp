#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace leat::conformance {

/// The whole of `leat-conformance`: runs the scenarios of the files and folders named by `arguments` and reports to
/// `out`, one line each, totals last. What is wrong with the input goes to `err`.
/// Returns the exit code: 0 if nothing failed and something passed, 1 if not, 2 if the input cannot be used.
[[nodiscard]] int run_command(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace leat::conformance
