#include <leat/core/result.hpp>

namespace leat {

std::string_view to_string(errc code) {
  switch (code) {
    case errc::invalid_argument: return "invalid_argument";
    case errc::not_found: return "not_found";
    case errc::already_exists: return "already_exists";
    case errc::corrupt: return "corrupt";
    case errc::incompatible: return "incompatible";
    case errc::locked: return "locked";
    case errc::no_space: return "no_space";
    case errc::io: return "io";
    case errc::user_code: return "user_code";
    case errc::cancelled: return "cancelled";
  }
  return "unknown";
}

std::string error::message() const { return std::string{to_string(code)} + ": " + detail; }

}  // namespace leat
