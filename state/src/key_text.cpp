#include <leat/state/key_text.hpp>

#include <leat/core/value_text.hpp>

#include <bit>

namespace leat {
namespace {

std::map<std::string, std::string> take_states(decoder& d, const operator_schema& stored) {
  std::map<std::string, std::string> states;
  if (d.take_nil()) return states;
  const std::size_t parts = d.take_array();
  const std::uint64_t present = d.take_unsigned(0xFFFFFFFFU);
  if (parts != 1 + static_cast<std::size_t>(std::popcount(present)) || present >> stored.states.size() != 0)
    d.fail("a key's states do not agree with the schema");
  for (std::size_t i = 0; i < stored.states.size() && !d.failed(); ++i)
    if ((present >> i & 1) != 0) states[stored.states[i].name] = take_text(d, stored.states[i].type);
  return states;
}

}  // namespace

result<void> read_key_texts(std::string_view chunk, const operator_schema& stored, key_texts& to) {
  if (!stored.key) return error{errc::corrupt, "operator '" + stored.uid + "': the checkpoint names no key type"};
  decoder d{chunk};
  while (!d.at_end()) {
    if (d.take_array() != 3) d.fail("a keyed record must have three parts");
    d.skip();  // the key group
    const std::string key = take_text(d, *stored.key);
    auto states = take_states(d, stored);
    if (d.failed()) break;
    if (states.empty())
      to.erase(key);
    else
      to[key] = std::move(states);
  }
  if (d.failed()) return error{errc::corrupt, "operator '" + stored.uid + "': " + d.failure()};
  return {};
}

}  // namespace leat
