#pragma once

#include <source_location>
#include <string_view>

namespace leat {

/// Reports a broken contract on stderr (expression, detail, place) and ends the process with abort().
/// Threading: any thread.
[[noreturn]] void assertion_failed(std::string_view expression, std::string_view detail, std::source_location where);

}  // namespace leat

/// Ends the process when `cond` does not hold; on in every build. For bugs only: an operating error is a `result`.
#define LEAT_ASSERT(cond, detail) \
  ((cond) ? static_cast<void>(0) : ::leat::assertion_failed(#cond, detail, std::source_location::current()))
