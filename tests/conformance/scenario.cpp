#include "scenario.hpp"

#include <leat/core/assert.hpp>

#include <cstdint>
#include <limits>
#include <optional>

namespace leat::conformance {
namespace {

constexpr const char* known_schema = "stream-conformance/1";
constexpr int depth_limit = 100;

/// Why the document holds something else than 64-bit integers and what JSON needs around them; empty if it does not.
std::string why_not_integers(const json& value, const std::string& path, int depth) {
  if (depth > depth_limit) return path.substr(0, 80) + "...: nested too deeply";
  const bool too_large =
      value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (too_large || value.is_number_float()) return path + ": " + value.dump() + " is not a signed 64-bit integer";
  if (!value.is_structured()) return {};
  for (const auto& [key, part] : value.items()) {
    const std::string inner = value.is_array() ? path + "[" + key + "]" : path + "." + key;
    if (std::string why = why_not_integers(part, inner, depth + 1); !why.empty()) return why;
  }
  return {};
}

error malformed(const std::string& place, const std::string& what) {
  return {errc::invalid_argument, place + ": " + what};
}

result<std::string> take_string(const json& from, const char* member, const std::string& place) {
  const auto found = from.find(member);
  if (found == from.end() || !found->is_string())
    return malformed(place, std::string{"'"} + member + "' must be a string");
  return found->get<std::string>();
}

/// A list of objects; empty if the member is not there.
result<std::vector<json>> take_objects(const json& from, const char* member, const std::string& place) {
  const auto found = from.find(member);
  if (found == from.end()) return std::vector<json>{};
  if (!found->is_array()) return malformed(place, std::string{"'"} + member + "' must be a list");
  for (const json& one : *found) {
    if (!one.is_object()) return malformed(place, std::string{"'"} + member + "' must hold objects only");
  }
  return found->get<std::vector<json>>();
}

std::optional<output_order> order_named(const std::string& name) {
  if (name == "exact") return output_order::exact;
  if (name == "by_ts") return output_order::by_ts;
  if (name == "any") return output_order::any;
  return std::nullopt;
}

result<void> add_expectation(const json& from, const std::string& place, scenario& to) {
  const auto step = from.find("after_step");
  if (step == from.end() || !step->is_number_integer() || *step < 0 || *step >= to.steps.size()) {
    return malformed(place, "'after_step' of an expectation must be the number of a step, from 0");
  }
  LEAT_TRY(name, take_string(from, "order", place));
  const std::optional<output_order> order = order_named(name);
  if (!order) return malformed(place, "there is no order '" + name + "'; it is exact, by_ts or any");
  LEAT_TRY(outputs, take_objects(from, "outputs", place));
  const bool fresh = to.expected.emplace(step->get<std::size_t>(), expectation{*order, std::move(outputs)}).second;
  if (!fresh) return malformed(place, "step " + step->dump() + " has two expectations");
  return {};
}

result<scenario> read_scenario(const json& from, const std::string& file, std::size_t number) {
  std::string place = file + ": scenario " + std::to_string(number);
  scenario s;
  LEAT_TRY(id, take_string(from, "id", place));
  s.id = id;
  place = file + ": scenario '" + id + "'";
  LEAT_TRY(area, take_string(from, "area", place));
  s.area = area;
  LEAT_TRY(title, take_string(from, "title", place));
  s.title = title;
  s.oper = from.value("operator", json{});
  if (!s.oper.is_object()) return malformed(place, "'operator' must be an object");
  LEAT_CHECK(take_string(s.oper, "type", place + ": operator"));
  LEAT_TRY(steps, take_objects(from, "steps", place));
  s.steps = std::move(steps);
  LEAT_TRY(table, take_objects(from, "table", place));
  s.table = std::move(table);
  if (s.steps.empty() == s.table.empty()) return malformed(place, "it needs either 'steps' or a 'table'");
  LEAT_TRY(expected, take_objects(from, "expect", place));
  for (const json& e : expected) LEAT_CHECK(add_expectation(e, place, s));
  s.counters = from.value("counters", json{});
  return s;
}

result<json> parse(const std::string& bytes, const std::string& path) {
  try {
    return json::parse(bytes);
  } catch (const json::parse_error& e) {
    return error{errc::corrupt, path + ": not JSON: " + e.what()};
  }
}

}  // namespace

result<std::vector<scenario>> read_scenarios(file_system& files, const std::string& path) {
  LEAT_TRY(bytes, files.read_all(path));
  LEAT_TRY(document, parse(bytes, path));
  if (!document.is_object()) return malformed(path, "it must be an object with 'schema' and 'scenarios'");
  LEAT_TRY(schema, take_string(document, "schema", path));
  if (schema != known_schema) {
    return error{errc::incompatible,
                 path + ": unknown schema '" + schema + "'; this runner knows '" + known_schema + "'"};
  }
  if (std::string why = why_not_integers(document, "$", 0); !why.empty()) return malformed(path, why);
  LEAT_TRY(objects, take_objects(document, "scenarios", path));
  if (objects.empty()) return malformed(path, "there is no scenario in it");
  std::vector<scenario> scenarios;
  for (const json& object : objects) {
    LEAT_TRY(one, read_scenario(object, path, scenarios.size()));
    scenarios.push_back(std::move(one));
  }
  return scenarios;
}

}  // namespace leat::conformance
