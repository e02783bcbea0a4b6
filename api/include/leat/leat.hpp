#pragma once

/// Everything an application needs.

#include <leat/application.hpp>
#include <leat/call_threads.hpp>
#include <leat/connectors/connectors.hpp>
#include <leat/state/aggregate_state.hpp>
#include <leat/state/expiring_aggregate_state.hpp>
#include <leat/state/expiring_list_state.hpp>
#include <leat/state/expiring_map_state.hpp>
#include <leat/state/expiring_value_state.hpp>
#include <leat/state/list_state.hpp>
#include <leat/state/map_state.hpp>
#include <leat/state/value_state.hpp>
