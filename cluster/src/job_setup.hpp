#pragma once

#include <memory>

#include <leat/cluster/job_options.hpp>
#include <leat/core/graph.hpp>
#include <leat/core/result.hpp>
#include <leat/state/checkpoint_store.hpp>

namespace leat {

/// Fills in what the options leave open, and says what they or the graph have wrong.
result<void> complete_options(const job_graph& graph, job_options& options);

/// The store in the options' state directory. Requires: complete options.
result<std::unique_ptr<checkpoint_store>> open_store(const job_options& options);

}  // namespace leat
