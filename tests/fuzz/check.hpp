#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace leat::fuzz {

/// Ends the process, which libFuzzer reports as a crash together with its input.
inline void check(bool holds, std::string_view law) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(law.size()), law.data());
  std::abort();
}

}  // namespace leat::fuzz
