#include <leat/core/java_hash.hpp>
#include <leat/core/key_group.hpp>

#include <numeric>

#include "operator_harness.hpp"

namespace leat::conformance {
namespace {

/// The key group by the function for many keys at once.
std::uint32_t routed_key_group(std::uint32_t hash, std::uint32_t max_parallelism) {
  std::vector<std::uint16_t> owners(max_parallelism);
  std::iota(owners.begin(), owners.end(), std::uint16_t{0});
  std::uint16_t target = 0;
  route_hashes(&hash, 1, max_parallelism, owners.data(), &target);
  return target;
}

/// The columns that follow from a hash, beside those that are in `row` already.
json with_key_group(json row, const json& arguments, std::uint32_t hash) {
  const auto max_parallelism = arguments.at("max_parallelism").get<std::uint32_t>();
  const auto parallelism = arguments.at("parallelism").get<std::uint32_t>();
  const key_group group = key_group_of(hash, max_parallelism);
  if (routed_key_group(hash, max_parallelism) != group)
    throw std::logic_error("route_hashes and key_group_of disagree");
  row["hash"] = static_cast<std::int32_t>(hash);
  row["max_parallelism"] = max_parallelism;
  row["parallelism"] = parallelism;
  row["murmur"] = murmur(hash);
  row["key_group"] = group;
  row["subtask"] = subtask_of(group, parallelism, max_parallelism).value();
  return row;
}

json of_hash(const json& row) {
  return with_key_group(json::object(), row, static_cast<std::uint32_t>(row.at("hash").get<std::int32_t>()));
}

json of_java_string(const json& row) {
  const auto text = row.at("string").get<std::string>();
  return with_key_group({{"string", text}}, row, java_hash(std::string_view{text}));
}

json of_java_long(const json& row) {
  const auto number = row.at("long").get<std::int64_t>();
  return with_key_group({{"long", number}}, row, java_hash(number));
}

json range(const json& row) {
  const auto max_parallelism = row.at("max_parallelism").get<std::uint32_t>();
  const auto parallelism = row.at("parallelism").get<std::uint32_t>();
  const auto subtask = row.at("subtask").get<std::uint32_t>();
  const key_group_range r = key_groups_of(subtask_index{subtask}, parallelism, max_parallelism);
  return {{"max_parallelism", max_parallelism},
          {"parallelism", parallelism},
          {"subtask", subtask},
          {"first_key_group", r.first},
          {"last_key_group", r.last}};
}

json default_maximum(const json& row) {
  const auto parallelism = row.at("parallelism").get<std::uint32_t>();
  return {{"parallelism", parallelism}, {"default_max_parallelism", default_max_parallelism(parallelism)}};
}

/// A pure function of the row's arguments.
template <json (*Function)(const json&)>
class function_harness final : public operator_harness {
 public:
  static std::unique_ptr<operator_harness> make(const json&) { return std::make_unique<function_harness>(); }
  json fill_row(const json& row) override { return Function(row); }
};

const operator_registration known[] = {
    {"key_group_of_hash", function_harness<of_hash>::make},
    {"key_group_of_java_string", function_harness<of_java_string>::make},
    {"key_group_of_java_long", function_harness<of_java_long>::make},
    {"key_group_range", function_harness<range>::make},
    {"default_max_parallelism", function_harness<default_maximum>::make},
};

}  // namespace
}  // namespace leat::conformance
