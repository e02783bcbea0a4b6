#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include <leat/core/result.hpp>
#include <leat/core/time.hpp>

#include "traffic.hpp"

namespace fraud {

/// Midnight (UTC) of a date like "2018-04-01".
/// Errors: invalid_argument.
leat::result<leat::event_time> parse_date(std::string_view text);

/// Writes the simulated transactions of days 0 to days - 1 as CSV with the columns of the published
/// data. An empty `out` is `to`; a directory, or a path that ends in '/', gets one file per day,
/// named by its date; anything else is one file. Files are replaced.
/// Errors: io.
leat::result<void> generate(const traffic_options& options, std::uint32_t days, const std::string& out,
                            std::ostream& to);

}  // namespace fraud
