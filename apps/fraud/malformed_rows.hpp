#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <leat/connectors/csv_files.hpp>

namespace fraud {

/// What becomes of rows that are no transactions.
struct malformed_rows {
  leat::malformed_policy policy;

  template <class Source>
  [[nodiscard]] Source applied_to(Source source) const {
    switch (policy.what) {
      case leat::malformed_policy::action::fail: break;
      case leat::malformed_policy::action::skip: source.skip_malformed(); break;
      case leat::malformed_policy::action::dead_letter: source.dead_letters(policy.directory); break;
    }
    return source;
  }
};

/// An option's text: "fail", "skip" or "dead-letter:DIR".
std::optional<std::string> parse_option(std::string_view text, malformed_rows& value);

}  // namespace fraud
