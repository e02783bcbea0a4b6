#include "comparison.hpp"

#include <algorithm>
#include <cstdint>

namespace leat::conformance {
namespace {

bool is_blocked(const json& output) { return output.contains("blocked"); }
bool is_side_output(const json& output) { return output.contains("side_output"); }
bool is_control(const json& output) { return output.contains("watermark") || output.contains("status"); }
bool has_time(const json& output) { return output.contains("ts") && output["ts"].is_number(); }

std::string text(const outputs& list) { return json(list).dump(); }

outputs without_blocked(outputs from) {
  std::erase_if(from, is_blocked);
  return from;
}

/// The outputs of a step, each kind on its own.
struct sorted_outputs {
  outputs records;
  outputs side;
  outputs controls;
};

sorted_outputs sort_out(const outputs& from) {
  sorted_outputs to;
  for (const json& output : from) {
    (is_control(output) ? to.controls : is_side_output(output) ? to.side : to.records).push_back(output);
  }
  std::sort(to.records.begin(), to.records.end());
  std::sort(to.side.begin(), to.side.end());
  return to;
}

std::string why_records_misplaced(const outputs& got, output_order order) {
  bool control_seen = false;
  const json* last = nullptr;
  for (const json& output : got) {
    if (is_side_output(output)) continue;
    if (is_control(output)) {
      control_seen = true;
      continue;
    }
    if (control_seen) return "a record came behind a watermark or status";
    if (!has_time(output)) continue;
    const bool fell = last != nullptr && output["ts"] < (*last)["ts"];
    if (order == output_order::by_ts && fell) return "the records are not in order of ts";
    last = &output;
  }
  return {};
}

std::string difference_unordered(const outputs& expected, const outputs& got, output_order order) {
  if (std::string why = why_records_misplaced(got, order); !why.empty()) return why;
  const sorted_outputs want = sort_out(expected);
  const sorted_outputs have = sort_out(got);
  if (want.records != have.records) return "the records differ";
  if (want.side != have.side) return "the side outputs differ";
  if (want.controls != have.controls) return "the watermarks or statuses differ";
  return {};
}

std::string_view name_of(output_order order) {
  switch (order) {
    case output_order::exact: return "exactly";
    case output_order::by_ts: return "by ts";
    case output_order::any: return "in any order";
  }
  return "";
}

}  // namespace

std::string difference(const expectation& expected, const outputs& got) {
  const bool both_blocked = std::any_of(expected.outputs.begin(), expected.outputs.end(), is_blocked) &&
                            std::any_of(got.begin(), got.end(), is_blocked);
  const outputs want = both_blocked ? expected.outputs : without_blocked(expected.outputs);
  const outputs have = both_blocked ? got : without_blocked(got);
  std::string why;
  if (expected.order == output_order::exact) {
    if (want != have) why = "the outputs differ";
  } else {
    why = difference_unordered(want, have, expected.order);
  }
  if (why.empty()) return {};
  return why + "\n  expected " + std::string{name_of(expected.order)} + " " + text(want) + "\n  got " + text(have);
}

}  // namespace leat::conformance
