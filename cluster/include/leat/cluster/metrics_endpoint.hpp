#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <leat/cluster/job_status.hpp>
#include <leat/core/clock.hpp>
#include <leat/core/result.hpp>

namespace leat {

/// Serves a job's figures to Prometheus at /metrics for as long as it lives. docs/reference/metrics.md lists them.
/// Threading: any thread.
class metrics_endpoint {
 public:
  virtual ~metrics_endpoint() = default;
  /// The port it listens on, also when 0 was asked for.
  [[nodiscard]] virtual std::uint32_t port() const = 0;
};

/// Starts to listen. `time` outlives the endpoint.
/// Errors: io if the port is taken; invalid_argument above 65535.
[[nodiscard]] result<std::unique_ptr<metrics_endpoint>> serve_metrics(const std::string& address, std::uint32_t port,
                                                                      std::shared_ptr<const job_status> status,
                                                                      const clock& time);

}  // namespace leat
