#pragma once

/// All connectors.

#include <leat/connectors/callback_sink.hpp>
#include <leat/connectors/collection.hpp>
#include <leat/connectors/csv_files.hpp>
#include <leat/connectors/csv_sink.hpp>
#include <leat/connectors/generator.hpp>
#include <leat/connectors/json_files.hpp>
#include <leat/connectors/json_sink.hpp>
#include <leat/connectors/print_sink.hpp>
#include <leat/connectors/text_lines.hpp>
