#pragma once

#include <leat/core/watermark_valve.hpp>

#include "operator_harness.hpp"
#include "stream_status_name.hpp"

namespace leat::conformance {

/// Drives an operator with two inputs: combines their watermarks and statuses with the engine's own class, as an input
/// gate does, before the operator sees them.
class two_input_harness : public operator_harness {
 public:
  outputs take_step(const json& step) override {
    const std::string kind = kind_of(step);
    const json& what = step.at(kind);
    if (kind == "element") {
      const auto at =
          what.at("ts").is_null() ? std::nullopt : std::optional{event_time{what.at("ts").get<std::int64_t>()}};
      take_element(what.value("input", 0U), what.at("key"), what.at("value"), at);
    } else if (kind == "watermark") {
      pass_on(combiner_.take_watermark(step.value("input", 0U), {event_time{what.get<std::int64_t>()}}));
    } else if (kind == "status") {
      pass_on(combiner_.take_status(step.value("input", 0U), status_named(what.get<std::string>())));
    } else if (kind == "processing_time") {
      set_processing_time(processing_time{what.get<std::int64_t>()});
    } else if (kind == "snapshot_and_restore") {
      combiner_ = watermark_combiner{2};
      snapshot_and_restore(what.at("parallelism").get<std::uint32_t>());
    } else {
      throw unsupported("step " + kind);
    }
    return show();
  }

 protected:
  virtual void take_element(std::uint32_t input, const json& key, const json& value, std::optional<event_time> at) = 0;
  virtual void advance_watermark(watermark w) = 0;
  virtual void change_status(stream_status s) = 0;
  virtual void set_processing_time(processing_time t) = 0;
  virtual void snapshot_and_restore(std::uint32_t parallelism) = 0;
  virtual outputs show() = 0;

 private:
  void pass_on(const valve_output& o) {
    if (o.advanced) advance_watermark(*o.advanced);
    if (o.status) change_status(*o.status);
  }

  watermark_combiner combiner_{2};
};

/// What all such harnesses do alike with the engine under them.
template <class In, class Out>
class engine_of_two : public two_input_harness {
 protected:
  using engine = leat::operator_harness<In, Out>;

  engine_of_two(std::function<std::unique_ptr<stream_operator>()> make, typename engine::settings s)
      : engine_(std::move(make), std::move(s)) {}

  void advance_watermark(watermark w) override { engine_.advance_watermark(w); }
  void change_status(stream_status s) override { engine_.change_status(s); }
  void set_processing_time(processing_time t) override { engine_.set_processing_time(t); }
  void snapshot_and_restore(std::uint32_t parallelism) override { engine_.snapshot_and_restore(parallelism); }

  outputs show() override {
    outputs all = show_sides();
    for (const auto& e : engine_.take_output()) {
      if (const auto* r = std::get_if<emitted<Out>>(&e))
        all.push_back(show_record(r->value, r->at ? json(r->at->ms()) : json()));
      else if (const auto* w = std::get_if<watermark>(&e))
        all.push_back({{"watermark", w->at.ms()}});
      else
        all.push_back({{"status", name_of(std::get<stream_status>(e))}});
    }
    return all;
  }
  virtual outputs show_sides() { return {}; }
  virtual json show_record(const Out& value, const json& at) = 0;

  engine engine_;
};

}  // namespace leat::conformance
