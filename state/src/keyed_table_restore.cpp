#include <leat/state/keyed_table.hpp>

#include <algorithm>

namespace leat {
namespace {

/// Why keys would hash differently now, so that a subtask did not find those of its key groups; empty if they do not.
/// An integer's hash is that of its 64 bits, whatever its width.
std::string why_key_changed(const schema& stored, const schema& now) {
  if (std::string why = schema::why_unreadable(stored, now); !why.empty()) return why;
  if (now.type == schema::kind::real && stored != now) return "the key group depends on the type of a key";
  if (now.type != schema::kind::record) return {};
  const bool same_fields = std::equal(stored.parts.begin(), stored.parts.end(), now.parts.begin(), now.parts.end(),
                                      [](const schema& a, const schema& b) { return a.name == b.name; });
  if (!same_fields) return "the key group depends on the fields of a key and their order";
  for (std::size_t i = 0; i < now.parts.size(); ++i)
    if (std::string why = why_key_changed(stored.parts[i], now.parts[i]); !why.empty())
      return "field '" + now.parts[i].name + "': " + why;
  return {};
}

/// Whether a state had no TTL when it was stored, and has one now.
/// Errors: incompatible if its shape is another one.
result<bool> stored_without_ttl(const state_column& column, const state_schema& stored, const std::string& where) {
  if (column.shape == stored.shape) return false;
  if (column.shape == "expiring " + stored.shape) return true;
  const std::string state = where + ": state '" + stored.name + "'";
  if (stored.shape == "expiring " + column.shape)
    return error{errc::incompatible, state +
                                         " had a TTL and has none now, so that what had expired would come back; "
                                         "declare it with a TTL again, or under another name, which starts empty"};
  return error{errc::incompatible, state + " was a " + stored.shape + " and is now a " + column.shape};
}

}  // namespace

result<std::vector<keyed_table::column_match>> keyed_table::match_columns(const operator_schema& stored) const {
  std::vector<column_match> match;
  const auto where = "operator '" + stored.uid + "'";
  if (stored.key) {
    if (auto why = why_key_changed(*stored.key, layout_.key().type); !why.empty())
      return error{errc::incompatible, where + ": its key was " + stored.key->to_string() + " and is now " +
                                           layout_.key().type.to_string() + ": " + why};
  }
  for (const auto& s : stored.states) {
    column_match m{std::nullopt, &s.type, false};
    for (std::uint32_t c = 0; c < layout_.columns().size(); ++c) {
      const auto& column = layout_.columns()[c];
      if (column.name != s.name) continue;
      LEAT_TRY(adopts, stored_without_ttl(column, s, where));
      m.adopts = adopts;
      if (auto why = schema::why_unreadable(s.type, adopts ? column.expiry->without_ttl : column.type); !why.empty())
        return error{errc::incompatible, where + ": state '" + s.name + "': " + why};
      m.column = c;
    }
    match.push_back(m);
  }
  return match;
}

result<void> keyed_table::restore(std::string_view chunk, const operator_schema& stored, key_group_range groups,
                                  key_reader read) {
  LEAT_TRY(match, match_columns(stored));
  if (!stored.key) return error{errc::corrupt, "operator '" + stored.uid + "': the checkpoint names no key type"};
  decoder d{chunk};
  while (!d.at_end()) {
    if (d.take_array() != 3) d.fail("a keyed record must have three parts");
    d.skip();  // the key group, for readers that cannot hash
    slot_header* const s = read(*this, d, *stored.key, groups);
    if (d.failed()) break;
    if (s == nullptr)
      d.skip();
    else
      restore_states(d, s, match);
  }
  if (d.failed()) return error{errc::corrupt, "operator '" + stored.uid + "': " + d.failure()};
  return {};
}

void keyed_table::clear_states(slot_header* s) {
  for (std::uint32_t c = 0; c < layout_.columns().size(); ++c)
    if (has(s, c)) destroy(s, c);
}

void keyed_table::restore_states(decoder& d, slot_header* s, const std::vector<column_match>& match) {
  clear_states(s);
  if (d.take_nil()) return;
  const std::size_t parts = d.take_array();
  const auto present = d.take_unsigned(0xFFFFFFFFU);
  if (parts != 1 + static_cast<std::size_t>(std::popcount(present)) || present >> match.size() != 0)
    return d.fail("a key's states do not agree with the schema");
  for (std::size_t i = 0; i < match.size(); ++i) {
    if ((present >> i & 1) == 0) continue;
    if (!match[i].column) {
      d.skip();
      continue;
    }
    void* at = create(s, *match[i].column);
    const auto& column = layout_.columns()[*match[i].column];
    if (match[i].adopts)
      column.expiry->adopt(d, at, *match[i].stored, now_);
    else
      column.operations->read(d, at, *match[i].stored);
  }
}

}  // namespace leat
