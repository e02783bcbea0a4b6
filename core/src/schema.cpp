#include <leat/core/schema.hpp>

#include <algorithm>

namespace leat {
namespace {

/// How many parts a schema of this kind must have; schemas come from disks, so this is checked, not assumed.
bool well_formed(const schema& s) {
  switch (s.type) {
    case schema::kind::optional:
    case schema::kind::list: return s.parts.size() == 1;
    case schema::kind::map: return s.parts.size() == 2;
    case schema::kind::record: return true;
    case schema::kind::integer:
    case schema::kind::unsigned_integer:
      return s.parts.empty() && (s.bits == 8 || s.bits == 16 || s.bits == 32 || s.bits == 64);
    case schema::kind::real: return s.parts.empty() && (s.bits == 32 || s.bits == 64);
    case schema::kind::boolean:
    case schema::kind::string: return s.parts.empty();
  }
  return false;
}

bool is_number(const schema& s) {
  return s.type == schema::kind::integer || s.type == schema::kind::unsigned_integer || s.type == schema::kind::real;
}

/// Whether every value of the stored number is exactly a value of the wanted one.
bool widens(const schema& stored, const schema& wanted) {
  if (stored.type == wanted.type) return stored.bits <= wanted.bits;
  switch (wanted.type) {
    case schema::kind::integer: return stored.type == schema::kind::unsigned_integer && stored.bits < wanted.bits;
    case schema::kind::real: return stored.bits <= wanted.bits / 2;  // fits the mantissa
    default: return false;
  }
}

std::string why_unreadable_at(const std::string& path, const schema& stored, const schema& wanted);

/// Why no field that both records have can be read; the others do no harm.
std::string why_record_unreadable(const std::string& path, const schema& stored, const schema& wanted) {
  for (const schema& field : wanted.parts) {
    const auto same_name = [&field](const schema& s) { return s.name == field.name; };
    const auto found = std::find_if(stored.parts.begin(), stored.parts.end(), same_name);
    if (found == stored.parts.end()) continue;
    const std::string inner = path.empty() ? field.name : path + "." + field.name;
    if (std::string why = why_unreadable_at(inner, *found, field); !why.empty()) return why;
  }
  return {};
}

std::string why_unreadable_at(const std::string& path, const schema& stored, const schema& wanted) {
  const std::string subject = path.empty() ? "the value" : "field '" + path + "'";
  if (!well_formed(stored)) return subject + ": the stored schema is malformed";
  const std::string both = subject + ": stored as " + stored.to_string() + ", wanted as " + wanted.to_string();
  if (is_number(stored) && is_number(wanted)) {
    return widens(stored, wanted) ? "" : both + "; a number may become wider, not narrower, and keeps its sign";
  }
  if (stored.type != wanted.type) return both + "; these kinds do not convert";
  switch (wanted.type) {
    case schema::kind::record: return why_record_unreadable(path, stored, wanted);
    case schema::kind::optional: return why_unreadable_at(path, stored.parts[0], wanted.parts[0]);
    case schema::kind::list: return why_unreadable_at(path + "[]", stored.parts[0], wanted.parts[0]);
    case schema::kind::map: {
      std::string why = why_unreadable_at(path + "[key]", stored.parts[0], wanted.parts[0]);
      if (why.empty()) why = why_unreadable_at(path + "[]", stored.parts[1], wanted.parts[1]);
      return why;
    }
    default: return {};
  }
}

std::string part_text(const schema& s, std::size_t index) {
  return index < s.parts.size() ? s.parts[index].to_string() : "?";
}

std::string record_text(const schema& s) {
  std::string text = "record{";
  for (const schema& field : s.parts) {
    if (&field != &s.parts.front()) text += ", ";
    text += field.name + ": " + field.to_string();
  }
  return text + "}";
}

}  // namespace

std::string schema::to_string() const {
  switch (type) {
    case kind::boolean: return "bool";
    case kind::integer: return "int" + std::to_string(bits);
    case kind::unsigned_integer: return "uint" + std::to_string(bits);
    case kind::real: return "float" + std::to_string(bits);
    case kind::string: return "string";
    case kind::optional: return "optional<" + part_text(*this, 0) + ">";
    case kind::list: return "list<" + part_text(*this, 0) + ">";
    case kind::map: return "map<" + part_text(*this, 0) + ", " + part_text(*this, 1) + ">";
    case kind::record: return record_text(*this);
  }
  return "unknown";
}

std::string schema::why_unreadable(const schema& stored, const schema& wanted) {
  return why_unreadable_at({}, stored, wanted);
}

}  // namespace leat
