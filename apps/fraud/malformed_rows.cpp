#include "malformed_rows.hpp"

namespace fraud {

std::optional<std::string> parse_option(std::string_view text, malformed_rows& value) {
  constexpr std::string_view dead_letter = "dead-letter:";
  using action = leat::malformed_policy::action;
  if (text == "fail")
    value.policy = {action::fail, {}};
  else if (text == "skip")
    value.policy = {action::skip, {}};
  else if (text.starts_with(dead_letter) && text.size() > dead_letter.size())
    value.policy = {action::dead_letter, std::string{text.substr(dead_letter.size())}};
  else
    return "'" + std::string{text} + "' is none of fail, skip and dead-letter:DIR";
  return std::nullopt;
}

}  // namespace fraud
