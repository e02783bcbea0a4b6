#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "json.hpp"

namespace leat::conformance {

/// Thrown by a harness for what the engine does not offer: the scenario counts as unsupported, not as failed. For the
/// reader's eyes; any other exception fails the scenario.
class unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using outputs = std::vector<json>;

/// Drives a real engine class through the steps of one scenario and shows in the words of the schema what it emits.
/// The engine does the work: a harness translates, and holds no rules of its own.
/// Call order: either take_step*, counters, or fill_row*.
class operator_harness {
 public:
  virtual ~operator_harness() = default;

  /// Runs one step until nothing more happens, and returns everything that came out of it, in order.
  virtual outputs take_step(const json& step);
  /// For table scenarios: the row with all its columns, computed from those that are arguments.
  virtual json fill_row(const json& row);
  /// End values by name, for example "late_records_dropped".
  [[nodiscard]] virtual std::map<std::string, std::int64_t> counters() const;
};

/// The word that says which kind of step this is: "element", "watermark", "barrier" …
/// Throws unsupported for a kind that the schema did not know when this was written.
[[nodiscard]] std::string kind_of(const json& step);

/// Makes the harness for a scenario's `operator` object. Throws unsupported for settings the engine lacks.
using harness_factory = std::unique_ptr<operator_harness> (*)(const json& oper);

/// Makes an operator type known. A namespace-scope constant of this type in a file of its own is all that a new
/// operator needs: `const operator_registration known{"watermark_valve", make};`
class operator_registration {
 public:
  operator_registration(const char* type, harness_factory make);
};

/// Throws unsupported if there is no such operator.
[[nodiscard]] std::unique_ptr<operator_harness> make_harness(const json& oper);

}  // namespace leat::conformance
