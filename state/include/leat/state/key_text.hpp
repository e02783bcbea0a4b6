#pragma once

#include <map>
#include <string>
#include <string_view>

#include <leat/core/result.hpp>
#include <leat/core/snapshot.hpp>

namespace leat {

/// The states of keys as people read them: key → name of a state → value. Timers are the state "timers".
using key_texts = std::map<std::string, std::map<std::string, std::string>>;

/// Reads a keyed chunk without knowing its types, and applies it to what earlier chunks said.
/// Errors: corrupt.
result<void> read_key_texts(std::string_view chunk, const operator_schema& stored, key_texts& to);

}  // namespace leat
