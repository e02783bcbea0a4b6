#include <leat/core/value_text.hpp>

#include <fmt/format.h>

#include <limits>

namespace leat {
namespace {

std::string quoted(std::string_view text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      all += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20)
      all += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      all += c;
  }
  return all + '"';
}

std::string list_text(decoder& d, const schema& element) {
  std::string all = "[";
  const std::size_t count = d.take_array();
  for (std::size_t i = 0; i < count && !d.failed(); ++i) all += (i > 0 ? ", " : "") + take_text(d, element);
  return all + "]";
}

std::string map_text(decoder& d, const schema& key, const schema& value) {
  std::string all = "{";
  const std::size_t count = d.take_map();
  for (std::size_t i = 0; i < count && !d.failed(); ++i) {
    all += (i > 0 ? ", " : "") + take_text(d, key) + ": ";
    all += take_text(d, value);
  }
  return all + "}";
}

std::string record_text(decoder& d, const schema& stored) {
  if (d.take_array() != stored.parts.size()) d.fail("a record's number of fields differs from its schema");
  std::string all = "{";
  for (std::size_t i = 0; i < stored.parts.size() && !d.failed(); ++i)
    all += (i > 0 ? ", " : "") + stored.parts[i].name + ": " + take_text(d, stored.parts[i]);
  return all + "}";
}

}  // namespace

std::string take_text(decoder& d, const schema& stored) {
  if (d.failed()) return {};
  switch (stored.type) {
    case schema::kind::boolean: return d.take_bool() ? "true" : "false";
    case schema::kind::integer:
      return std::to_string(
          d.take_signed(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()));
    case schema::kind::unsigned_integer:
      return std::to_string(d.take_unsigned(std::numeric_limits<std::uint64_t>::max()));
    case schema::kind::real: return fmt::format("{}", d.take_real());
    case schema::kind::string: return quoted(d.take_string());
    case schema::kind::optional: return d.take_nil() ? "none" : take_text(d, stored.parts[0]);
    case schema::kind::list: return list_text(d, stored.parts[0]);
    case schema::kind::map: return map_text(d, stored.parts[0], stored.parts[1]);
    case schema::kind::record: return record_text(d, stored);
  }
  return {};
}

}  // namespace leat
