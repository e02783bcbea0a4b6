#pragma once

#include <leat/core/watermark_valve.hpp>

#include "operator_harness.hpp"
#include "stream_status_name.hpp"

namespace leat::conformance {

/// Harness of a class that merges the watermarks and statuses of several sides, called `side` in the scenario's steps.
template <class Merger>
class merge_harness final : public operator_harness {
 public:
  merge_harness(const char* side, std::uint32_t count) : side_(side), count_(count), merger_(count) {}

  outputs take_step(const json& step) override {
    const std::string kind = kind_of(step);
    const auto index = step.at(side_).get<std::uint32_t>();
    if (index >= count_) throw std::out_of_range("no such " + std::string{side_} + ": " + step.dump());
    if (kind == "watermark") {
      return show(merger_.take_watermark(index, watermark{event_time{step.at(kind).get<std::int64_t>()}}));
    }
    if (kind == "status") return show(merger_.take_status(index, status_named(step.at(kind).get<std::string>())));
    throw unsupported("step " + kind);
  }

 private:
  static outputs show(const valve_output& out) {
    outputs list;
    if (out.advanced) list.push_back({{"watermark", out.advanced->at.ms()}});
    if (out.status) list.push_back({{"status", name_of(*out.status)}});
    return list;
  }

  const char* side_;
  std::uint32_t count_;
  Merger merger_;
};

}  // namespace leat::conformance
