#pragma once

#include "measure.hpp"

/// The workloads, a function per file. Each registers its benchmarks with Google Benchmark.

namespace bench {

void register_stateless(const effort& e);
void register_keyed_sum(const effort& e);
void register_timers(const effort& e);
void register_two_keys(const effort& e);
void register_patterns(const effort& e);
void register_words(const effort& e);
void register_fraud(const effort& e);
void register_checkpoints(const effort& e);
void register_memory(const effort& e);
void register_windows(const effort& e);
void register_joins(const effort& e);
void register_latency(const effort& e);
void register_batch_of_one(const effort& e);

}  // namespace bench
