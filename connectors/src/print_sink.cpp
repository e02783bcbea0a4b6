#include <leat/connectors/print_sink.hpp>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace leat::formats {

result<void> write_to_stdout(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return {};
  return error{errc::io, "cannot write to stdout: " + std::generic_category().message(errno)};
}

}  // namespace leat::formats
