#pragma once

#include <string>
#include <vector>

namespace leat {

/// The shape of a stored value: field names and types, as kept once per checkpoint and resolved by name at restore.
struct schema {
  enum class kind { boolean, integer, unsigned_integer, real, string, optional, list, map, record };

  kind type = kind::record;
  std::string name;           ///< of the field this stands for; empty elsewhere
  unsigned bits = 0;          ///< of numbers: 8, 16, 32 or 64
  std::vector<schema> parts;  ///< record: its fields; list, optional: the element; map: key and value

  bool operator==(const schema&) const = default;

  /// For people: "record{card: uint64, eur: float64, at: int64}".
  [[nodiscard]] std::string to_string() const;

  /// Why values written with `stored` cannot be read as `wanted`, naming the field; empty if they can. Fields are
  /// matched by name: a new field starts at its default, a dropped one is passed over, numbers widen.
  [[nodiscard]] static std::string why_unreadable(const schema& stored, const schema& wanted);
};

}  // namespace leat
