#pragma once

#include <cerrno>
#include <source_location>
#include <string>
#include <system_error>

#include <leat/core/result.hpp>

namespace leat {

/// The kind of operating error behind an errno.
[[nodiscard]] inline errc errc_of(int system_error) {
  switch (system_error) {
    case ENOENT:
    case ENOTDIR: return errc::not_found;
    case EEXIST: return errc::already_exists;
    case ENOSPC:
    case EDQUOT: return errc::no_space;
    default: return errc::io;
  }
}

/// "cannot write /state/7/a.sst: No space left on device".
[[nodiscard]] inline error posix_error(const std::string& what, int system_error,
                                       std::source_location where = std::source_location::current()) {
  return {errc_of(system_error), what + ": " + std::generic_category().message(system_error), where};
}

/// Calls again for as long as a signal interrupts the call.
template <class Call>
auto without_interruption(Call call) {
  for (;;) {
    const auto outcome = call();
    if (outcome != -1 || errno != EINTR) return outcome;
  }
}

}  // namespace leat
