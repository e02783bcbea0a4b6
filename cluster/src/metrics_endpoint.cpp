#include <leat/cluster/metrics_endpoint.hpp>

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <utility>
#include <vector>

namespace leat {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

/// Reads the figures anew for each scrape.
class job_collector final : public prometheus::Collectable {
 public:
  job_collector(std::shared_ptr<const job_status> status, const clock& time)
      : status_(std::move(status)), time_(time) {}

  [[nodiscard]] std::vector<MetricFamily> Collect() const override {
    const job_report report = status_->read();
    std::vector<MetricFamily> all;
    add_job(report, all);
    add_operators(report, all);
    return all;
  }

 private:
  static MetricFamily& family(std::vector<MetricFamily>& all, const char* name, const char* help, MetricType type) {
    all.push_back({name, help, type, {}});
    return all.back();
  }
  static void sample(MetricFamily& f, double value, labels l = {}) {
    ClientMetric m;
    m.label = std::move(l);
    if (f.type == MetricType::Counter)
      m.counter.value = value;
    else
      m.gauge.value = value;
    f.metric.push_back(std::move(m));
  }

  void add_job(const job_report& r, std::vector<MetricFamily>& all) const {
    const auto one = [&](const char* name, const char* help, MetricType type, double v) {
      sample(family(all, name, help, type), v);
    };
    one("leat_job_running", "1 while the job runs, 0 while it starts, restarts or has ended", MetricType::Gauge,
        r.state == job_state::running ? 1 : 0);
    one("leat_job_restarts_total", "Restarts after failures", MetricType::Counter, static_cast<double>(r.restarts));
    one("leat_checkpoints_completed_total", "Checkpoints that became durable", MetricType::Counter,
        static_cast<double>(r.checkpoints_completed));
    one("leat_checkpoints_failed_total", "Checkpoints that came to nothing", MetricType::Counter,
        static_cast<double>(r.checkpoints_failed));
    if (!r.last_checkpoint) return;
    const auto& c = *r.last_checkpoint;
    one("leat_checkpoint_last_id", "Number of the last checkpoint", MetricType::Gauge,
        static_cast<double>(c.id.value()));
    one("leat_checkpoint_last_duration_seconds", "From its start until it was durable", MetricType::Gauge,
        static_cast<double>(c.taken.count()) / 1e3);
    one("leat_checkpoint_last_size_bytes", "What the last checkpoint consists of", MetricType::Gauge,
        static_cast<double>(c.bytes_total));
    one("leat_checkpoint_last_written_bytes", "What the last checkpoint wrote", MetricType::Gauge,
        static_cast<double>(c.bytes_new));
    one("leat_checkpoint_age_seconds", "Time since the last checkpoint became durable", MetricType::Gauge,
        static_cast<double>((time_.now() - c.completed).count()) / 1e3);
  }

  void add_operators(const job_report& r, std::vector<MetricFamily>& all) const {
    using read = std::function<double(const operator_metrics&)>;
    const auto each = [&](const char* name, const char* help, MetricType type, const read& of) {
      MetricFamily& f = family(all, name, help, type);
      for (const auto& o : r.operators)
        sample(f, of(*o), {{"operator", o->uid}, {"kind", o->kind}, {"subtask", std::to_string(o->subtask.value())}});
    };
    const auto number = [](const std::atomic<std::uint64_t>& a) {
      return static_cast<double>(a.load(std::memory_order_relaxed));
    };
    each("leat_records_in_total", "Records an operator has taken", MetricType::Counter,
         [&](const auto& o) { return number(o.records_in); });
    each("leat_records_out_total", "Records an operator has emitted", MetricType::Counter,
         [&](const auto& o) { return number(o.records_out); });
    each("leat_batches_in_total", "Batches an operator has taken", MetricType::Counter,
         [&](const auto& o) { return number(o.batches_in); });
    each("leat_batches_out_total", "Batches an operator has emitted", MetricType::Counter,
         [&](const auto& o) { return number(o.batches_out); });
    each("leat_blocked_seconds_total", "Time a subtask waited for credit: back pressure", MetricType::Counter,
         [&](const auto& o) { return number(o.blocked_ns) / 1e9; });
    each("leat_state_keys", "Keys with state", MetricType::Gauge, [&](const auto& o) { return number(o.state_keys); });
    each("leat_state_bytes", "Memory of the state tables", MetricType::Gauge,
         [&](const auto& o) { return number(o.state_bytes); });
    each("leat_timers", "Timers that are set", MetricType::Gauge, [&](const auto& o) { return number(o.timers); });
    each("leat_late_records_total", "Records dropped because they were late", MetricType::Counter,
         [&](const auto& o) { return number(o.late_records); });
    each("leat_dropped_records_total", "Records dropped by the policy for malformed input", MetricType::Counter,
         [&](const auto& o) { return number(o.dropped_records); });
    add_watermarks(r, all);
  }

  /// Only once there is a watermark, and not after the final one: the ends of time are no figures to draw.
  void add_watermarks(const job_report& r, std::vector<MetricFamily>& all) const {
    MetricFamily seconds{"leat_watermark_seconds", "Watermark of a subtask, seconds since 1970", MetricType::Gauge, {}};
    MetricFamily lag{"leat_watermark_lag_seconds", "Clock minus watermark", MetricType::Gauge, {}};
    for (const auto& o : r.operators) {
      const std::int64_t w = o->watermark_ms.load(std::memory_order_relaxed);
      if (w == INT64_MIN || w == INT64_MAX) continue;
      const labels l{{"operator", o->uid}, {"kind", o->kind}, {"subtask", std::to_string(o->subtask.value())}};
      sample(seconds, static_cast<double>(w) / 1e3, l);
      sample(lag, static_cast<double>(time_.now().ms() - w) / 1e3, l);
    }
    all.push_back(std::move(seconds));
    all.push_back(std::move(lag));
  }

  std::shared_ptr<const job_status> status_;
  const clock& time_;
};

class exposer_endpoint final : public metrics_endpoint {
 public:
  exposer_endpoint(const std::string& bind, std::shared_ptr<const job_status> status, const clock& time)
      : exposer_(bind, 1), collector_(std::make_shared<job_collector>(std::move(status), time)) {
    exposer_.RegisterCollectable(collector_);
  }
  [[nodiscard]] std::uint32_t port() const override {
    return static_cast<std::uint32_t>(exposer_.GetListeningPorts().front());
  }

 private:
  prometheus::Exposer exposer_;
  std::shared_ptr<job_collector> collector_;
};

}  // namespace

result<std::unique_ptr<metrics_endpoint>> serve_metrics(const std::string& address, std::uint32_t port,
                                                        std::shared_ptr<const job_status> status, const clock& time) {
  if (port > 65535) return error{errc::invalid_argument, "the metrics port must be from 0 to 65535"};
  const std::string bind = address + ":" + std::to_string(port);
  try {
    return std::unique_ptr<metrics_endpoint>{std::make_unique<exposer_endpoint>(bind, std::move(status), time)};
  } catch (const std::exception& e) {  // the HTTP library throws where it cannot listen
    return error{errc::io, "cannot serve metrics at " + bind + ": " + e.what()};
  }
}

}  // namespace leat
