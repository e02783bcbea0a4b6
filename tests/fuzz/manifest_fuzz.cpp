// Any bytes as the JSON of a manifest, of a table and of a state directory: refused or read, and what was read is
// written as a text that reads as the same.

#include "checkpoint_json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"

namespace {

template <class Read>
void read_and_read_back(std::string_view text, Read read) {
  const auto value = read(text, "fuzzed");
  if (!value) return;
  const auto own = leat::to_json(*value);
  leat::fuzz::check(own.has_value(), "what was read can be written");
  const auto again = read(*own, "fuzzed");
  leat::fuzz::check(again.has_value(), "what was written can be read");
  const auto own_again = leat::to_json(*again);
  leat::fuzz::check(own_again.has_value() && *own_again == *own, "what was read back is what was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  read_and_read_back(text, leat::manifest_from_json);
  read_and_read_back(text, leat::contents_from_json);
  read_and_read_back(text, leat::identity_from_json);
  return 0;
}
