#include <leat/core/time.hpp>
#include <leat/operators/watermark_strategy.hpp>

#include "operator_harness.hpp"
#include "stream_status_name.hpp"

namespace leat::conformance {
namespace {

watermark_strategy strategy_of(const json& oper) {
  const auto name = oper.at("strategy").get<std::string>();
  const auto in_ms = [&oper](const char* member) { return duration{oper.at(member).get<std::int64_t>()}; };
  watermark_strategy strategy;
  if (name == "bounded_out_of_orderness") {
    strategy = bounded_out_of_orderness(in_ms("max_out_of_orderness_ms"));
  } else if (name == "monotonous" || name == "monotonous_timestamps" || name == "ascending_timestamps") {
    strategy = monotonous();
  } else if (name == "no_watermarks") {
    strategy = no_watermarks();
  } else {
    throw unsupported("watermark strategy '" + name + "'");
  }
  return oper.contains("idle_timeout_ms") ? strategy.idle_after(in_ms("idle_timeout_ms")) : strategy;
}

class generator_harness final : public operator_harness {
 public:
  explicit generator_harness(const watermark_strategy& strategy) : generator_(strategy) {}

  outputs take_step(const json& step) override {
    const std::string kind = kind_of(step);
    if (kind == "element") return pass(step.at(kind));
    if (kind == "periodic_emit") return show(generator_.emit(now_));
    if (kind != "processing_time") throw unsupported("step " + kind);
    now_ = processing_time{step.at(kind).get<std::int64_t>()};
    return {};
  }

 private:
  outputs pass(const json& element) {
    if (!element.at("ts").is_null()) generator_.observe(element.at("ts").get<std::int64_t>());
    return {{{"ts", element.at("ts")}, {"key", element.at("key")}, {"value", element.at("value")}}};
  }

  static outputs show(const generator_output& out) {
    outputs list;
    if (out.status) list.push_back({{"status", name_of(*out.status)}});
    if (out.advanced) list.push_back({{"watermark", out.advanced->at.ms()}});
    return list;
  }

  watermark_generator generator_;
  processing_time now_{0};
};

const operator_registration known{"watermark_generator", [](const json& oper) -> std::unique_ptr<operator_harness> {
                                    return std::make_unique<generator_harness>(strategy_of(oper));
                                  }};

}  // namespace
}  // namespace leat::conformance
