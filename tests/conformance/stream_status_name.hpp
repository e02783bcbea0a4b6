#pragma once

#include <stdexcept>
#include <string>

#include <leat/core/time.hpp>

namespace leat::conformance {

[[nodiscard]] inline const char* name_of(stream_status s) { return s == stream_status::idle ? "idle" : "active"; }

/// Throws std::invalid_argument for any other name.
[[nodiscard]] inline stream_status status_named(const std::string& name) {
  if (name == "idle") return stream_status::idle;
  if (name == "active") return stream_status::active;
  throw std::invalid_argument("there is no status '" + name + "'");
}

}  // namespace leat::conformance
