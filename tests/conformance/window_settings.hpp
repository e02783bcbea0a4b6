#pragma once

#include <leat/operators/sliced_window_operator.hpp>
#include <leat/operators/trigger.hpp>
#include <leat/operators/window_assigner.hpp>
#include <leat/operators/window_operator.hpp>

#include <functional>
#include <memory>
#include <utility>

#include "operator_harness.hpp"

namespace leat::conformance {

inline duration milliseconds_of(const json& j, const char* name, std::int64_t otherwise = 0) {
  return duration{j.value(name, otherwise)};
}

/// The assigner that a scenario's `window` object means. Throws unsupported.
inline window_assigner assigner_of(const json& w) {
  const auto ms = [&w](const char* name) { return milliseconds_of(w, name); };
  const std::string type = w.at("type");
  const auto by_type = [&] {
    if (type == "tumbling") return tumbling_windows(ms("size_ms"), ms("offset_ms"));
    if (type == "sliding") return sliding_windows(ms("size_ms"), ms("slide_ms"), ms("offset_ms"));
    if (type == "session") return w.contains("gap_rules") ? session_windows() : session_windows(ms("gap_ms"));
    if (type == "global") return global_windows();
    throw unsupported("window type '" + type + "'");
  };
  const window_assigner a = by_type();
  return w.value("time", "event") == "processing" ? a.on_processing_time() : a;
}

/// The trigger that a scenario's `trigger` object means; `value_of` gives the number of a record that delta triggers
/// compare. Throws unsupported.
template <class In>
std::unique_ptr<leat::trigger<In>> trigger_of(const json& t, const std::function<std::int64_t(const In&)>& value_of) {
  const auto ms = [&t](const char* name) { return milliseconds_of(t, name); };
  const std::string type = t.at("type");
  if (type == "event_time") return std::make_unique<event_time_trigger<In>>();
  if (type == "processing_time") return std::make_unique<processing_time_trigger<In>>();
  if (type == "count") return std::make_unique<count_trigger<In>>(t.at("count").get<std::int64_t>());
  if (type == "delta" && value_of)
    return std::make_unique<delta_trigger<In>>(t.at("threshold").get<double>(), [value_of](const In& a, const In& b) {
      return static_cast<double>(value_of(b) - value_of(a));
    });
  if (type == "continuous_event_time") return std::make_unique<continuous_event_time_trigger<In>>(ms("interval_ms"));
  if (type == "continuous_processing_time")
    return std::make_unique<continuous_processing_time_trigger<In>>(ms("interval_ms"));
  if (type == "purging") return std::make_unique<purging_trigger<In>>(trigger_of<In>(t.at("inner"), value_of));
  if (type == "processing_timeout")
    return std::make_unique<processing_timeout_trigger<In>>(
        trigger_of<In>(t.at("inner"), value_of), ms("timeout_ms"),
        typename processing_timeout_trigger<In>::settings{t.value("reset_on_new_element", false),
                                                          t.value("clear_on_timeout", true)});
  throw unsupported("trigger '" + type + "'");
}

/// Windows, lateness and trigger of a scenario's `operator` object. Throws unsupported.
template <class In>
window_settings<In> window_settings_of(const json& oper, std::function<std::int64_t(const In&)> value_of = {}) {
  window_settings<In> s{
      assigner_of(oper.at("window")), milliseconds_of(oper, "allowed_lateness_ms"), std::nullopt, {}, {}};
  const json trigger = oper.value("trigger", json());
  if (!trigger.is_null())
    s.make_trigger = [trigger, value_of] { return trigger_of<In>(trigger, value_of); };
  else if (s.assigner.is_global())
    s.make_trigger = []() -> std::unique_ptr<leat::trigger<In>> { return std::make_unique<never_trigger<In>>(); };
  if (s.make_trigger) static_cast<void>(s.make_trigger());  // may be unsupported
  return s;
}

/// A window operator for these settings.
template <class Key, class Function>
std::unique_ptr<stream_operator> window_operator_of(Function f,
                                                    const window_settings<typename Function::input_type>& s) {
  if (s.make_trigger)
    return std::make_unique<window_operator<Function, Key, window_firing::by_trigger>>(Key{}, std::move(f), s);
  if constexpr (order_free<Function>)
    if (!s.assigner.merges()) return std::make_unique<sliced_window_operator<Function, Key>>(Key{}, std::move(f), s);
  return std::make_unique<window_operator<Function, Key, window_firing::at_end>>(Key{}, std::move(f), s);
}

}  // namespace leat::conformance
