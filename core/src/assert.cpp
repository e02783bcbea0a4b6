#include <leat/core/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace leat {

void assertion_failed(std::string_view expression, std::string_view detail, std::source_location where) {
  std::fprintf(stderr, "%s:%u: in %s: broken contract: %.*s: %.*s\n", where.file_name(), where.line(),
               where.function_name(), static_cast<int>(expression.size()), expression.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

}  // namespace leat
