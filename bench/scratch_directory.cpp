#include "scratch_directory.hpp"

#include <cstdlib>
#include <system_error>

namespace bench {

scratch_directory::scratch_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "leat-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::system_error{errno, std::generic_category(), pattern};
  path_ = pattern;
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace bench
