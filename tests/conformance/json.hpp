#pragma once

#include <nlohmann/json.hpp>

namespace leat::conformance {

using json = nlohmann::json;

}  // namespace leat::conformance
