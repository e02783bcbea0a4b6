#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace leat {

/// A struct that lists its fields with LEAT_FIELDS.
template <class T>
concept has_fields = requires(T& t) { T::leat_fields(t, [](const char*, auto&) {}); };

/// Calls `visit(name, field)` for each field that LEAT_FIELDS lists, in that order.
template <class T, class Visitor>
constexpr void for_each_field(T& object, Visitor&& visit) {
  std::remove_const_t<T>::leat_fields(object, visit);
}

}  // namespace leat

#define LEAT_PARENS ()
#define LEAT_EXPAND(...) LEAT_EXPAND3(LEAT_EXPAND3(LEAT_EXPAND3(LEAT_EXPAND3(__VA_ARGS__))))
#define LEAT_EXPAND3(...) LEAT_EXPAND2(LEAT_EXPAND2(LEAT_EXPAND2(LEAT_EXPAND2(__VA_ARGS__))))
#define LEAT_EXPAND2(...) LEAT_EXPAND1(LEAT_EXPAND1(LEAT_EXPAND1(LEAT_EXPAND1(__VA_ARGS__))))
#define LEAT_EXPAND1(...) __VA_ARGS__
#define LEAT_EACH_FIELD(...) __VA_OPT__(LEAT_EXPAND(LEAT_NEXT_FIELD(__VA_ARGS__)))
#define LEAT_NEXT_FIELD(field, ...)    \
  leat_visit(#field, leat_self.field); \
  __VA_OPT__(LEAT_NEXT_FIELD_AGAIN LEAT_PARENS(__VA_ARGS__))
#define LEAT_NEXT_FIELD_AGAIN() LEAT_NEXT_FIELD

/// Put inside a struct, after its members: `LEAT_FIELDS(card, eur, at)`. Gives the struct its schema (field names and
/// types), its msgpack encoding (the values in this order), its columns in CSV and its members in JSON, all by these
/// names. Up to 64 fields. Renaming a field changes the schema; reordering or adding does not harm stored state.
/// A semicolon may follow or not: that is what the second function is for, behind a template g++ would refuse it.
#define LEAT_FIELDS(...)                                                             \
  template <class LeatSelf, class LeatVisitor>                                       \
  static constexpr void leat_fields(LeatSelf& leat_self, LeatVisitor&& leat_visit) { \
    LEAT_EACH_FIELD(__VA_ARGS__)                                                     \
  }                                                                                  \
  static constexpr void leat_fields_end() {}
