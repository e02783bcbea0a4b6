#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <leat/core/ids.hpp>

namespace leat {

/// Figures of one operator in one subtask. Written by the subtask after each run, read by anyone.
struct operator_metrics {
  std::string uid;
  std::string kind;
  subtask_index subtask;
  bool source = false;
  bool sink = false;

  std::atomic<std::uint64_t> records_in{0};
  std::atomic<std::uint64_t> records_out{0};
  std::atomic<std::uint64_t> batches_in{0};
  std::atomic<std::uint64_t> batches_out{0};
  std::atomic<std::int64_t> watermark_ms{INT64_MIN};
  std::atomic<std::uint64_t> state_keys{0};
  std::atomic<std::uint64_t> state_bytes{0};
  std::atomic<std::uint64_t> timers{0};
  std::atomic<std::uint64_t> late_records{0};
  std::atomic<std::uint64_t> dropped_records{0};
  std::atomic<std::uint64_t> blocked_ns{0};  ///< waited for credit: back pressure
  std::atomic<double> progress{-1};          ///< of finite sources, 0 to 1; negative: unknown
};

/// The figures of a running job: one entry per operator and subtask, fixed while an attempt runs.
using task_metrics = std::vector<std::shared_ptr<operator_metrics>>;

}  // namespace leat
