#pragma once

#include <leat/application.hpp>
#include <leat/cluster/simulation.hpp>
#include <leat/core/memory_file_system.hpp>

namespace leat {

/// Runs a whole application in the calling thread, in virtual time and in an order drawn from a seed: see simulation.
/// `options.state_files` must be set; sources and sinks use them too unless `options.files` says otherwise. An empty
/// state directory is "state".
/// Ownership: borrows application and files.
/// Errors: what the graph or the options have wrong.
[[nodiscard]] result<std::unique_ptr<simulation>> simulate(const application& app, job_options options,
                                                           std::uint64_t seed);

}  // namespace leat
