#include <leat/operators/broadcast_state.hpp>

#include <algorithm>
#include <limits>

namespace leat {

result<void> broadcast_state_owner::read(std::string_view bytes, const operator_schema& stored) {
  std::vector<broadcast_state_base*> match;  // by index in the stored schema; null: this function has it no more
  for (const state_schema& s : stored.states) {
    const auto found = std::find_if(states_.begin(), states_.end(), [&](const auto* state) {
      return s.shape == "broadcast" && state->stored().name == s.name;
    });
    match.push_back(found == states_.end() ? nullptr : *found);
    if (match.back() == nullptr) continue;
    if (auto why = schema::why_unreadable(s.type, match.back()->stored().type); !why.empty())
      return error{errc::incompatible, "operator '" + stored.uid + "': broadcast state '" + s.name + "': " + why};
  }
  decoder d{bytes};
  while (!d.at_end()) {
    if (d.take_array() != 3) d.fail("an entry of broadcast state must have three parts");
    const auto index = d.take_unsigned(std::numeric_limits<std::uint32_t>::max());
    if (d.failed()) break;
    if (index >= match.size()) {
      d.fail("an entry belongs to a state that the schema does not list");
    } else if (match[index] == nullptr) {
      d.skip();
      d.skip();
    } else {
      match[index]->read_entry(d, stored.states[index].type);
    }
  }
  if (d.failed()) return error{errc::corrupt, "operator '" + stored.uid + "': " + d.failure()};
  return {};
}

}  // namespace leat
