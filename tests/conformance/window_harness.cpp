#include <leat/core/hash.hpp>
#include <leat/operators/window_function.hpp>
#include <leat/operators/window_operator.hpp>
#include <leat/testing/operator_harness.hpp>

#include <cmath>
#include <limits>
#include <utility>

#include "operator_harness.hpp"
#include "stream_status_name.hpp"
#include "window_settings.hpp"

namespace leat::conformance {
namespace {

struct item {
  std::string key;  ///< as JSON
  std::int64_t value = 0;
  std::string whole;  ///< the value as JSON, for lists and rules
  LEAT_FIELDS(key, value, whole);
};
struct answer {
  std::string key;
  std::string value;
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  LEAT_FIELDS(key, value, start_ms, end_ms);
};
using engine = leat::operator_harness<item, answer>;

struct key_of_item {
  const std::string& operator()(const item& i) const { return i.key; }
};

duration ms(const json& j, const char* name) { return milliseconds_of(j, name); }

std::unique_ptr<const evictor<item>> evictor_of(const json& e) {
  const std::string type = e.at("type");
  const eviction when = e.value("after", false) ? eviction::after_function : eviction::before_function;
  if (type == "count") return std::make_unique<count_evictor<item>>(e.at("count").get<std::size_t>(), when);
  if (type == "time") return std::make_unique<time_evictor<item>>(ms(e, "window_ms"), when);
  if (type == "delta")
    return std::make_unique<delta_evictor<item>>(
        e.at("threshold").get<double>(),
        [](const item& a, const item& last) { return static_cast<double>(last.value - a.value); }, when);
  throw unsupported("evictor '" + type + "'");
}

struct statistics {
  std::int64_t sum = 0;
  std::int64_t count = 0;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t most = std::numeric_limits<std::int64_t>::min();
  LEAT_FIELDS(sum, count, least, most);
};

struct statistics_of_items {
  using accumulator = statistics;
  void add(statistics& s, const item& i) const {
    s.sum += i.value;
    ++s.count;
    s.least = std::min(s.least, i.value);
    s.most = std::max(s.most, i.value);
  }
  void merge(statistics& s, const statistics& other) const {
    s.sum += other.sum;
    s.count += other.count;
    s.least = std::min(s.least, other.least);
    s.most = std::max(s.most, other.most);
  }
  statistics result(const statistics& s) const { return s; }
};

std::int64_t pick(const std::string& function, const statistics& s) {
  if (function == "sum") return s.sum;
  if (function == "count") return s.count;
  if (function == "min") return s.least;
  if (function == "max") return s.most;
  throw unsupported("window function '" + function + "'");
}

struct emit_statistics {
  std::string function;
  void operator()(const std::string& key, const time_window& w, const statistics& s, output<answer>& out) const {
    out.emit({key, json(pick(function, s)).dump(), w.start_ms, w.end_ms});
  }
};
struct emit_list {
  std::string function;
  void operator()(const std::string& key, const time_window& w, std::span<const timed_record<item>> items,
                  output<answer>& out) const {
    json value = json::array();
    statistics s;
    for (const auto& i : items) {
      value.push_back(json::parse(i.value.whole));
      statistics_of_items{}.add(s, i.value);
    }
    if (function != "list")
      value = items.empty() && function != "sum" && function != "count" ? json() : json(pick(function, s));
    out.emit({key, value.dump(), w.start_ms, w.end_ms});
  }
};

using aggregating = window_aggregate<std::string, item, answer, statistics_of_items, emit_statistics>;
using listing = window_process<std::string, item, answer, emit_list>;

const output_tag<item> late_items{"late"};

class window_harness final : public operator_harness {
 public:
  explicit window_harness(const json& oper)
      : late_tag_(oper.value("late_side_output", "")),
        keyed_(oper.value("keyed", true)),
        engine_(maker_of(oper), settings()) {}

  outputs take_step(const json& step) override {
    const std::string kind = kind_of(step);
    const json& what = step.at(kind);
    if (kind == "element") {
      const auto at =
          what.at("ts").is_null() ? std::nullopt : std::optional{event_time{what.at("ts").get<std::int64_t>()}};
      const json& value = what.at("value");
      engine_.process(
          {keyed_ ? what.at("key").dump() : "null", value.is_number() ? value.get<std::int64_t>() : 0, value.dump()},
          at);
    } else if (kind == "watermark") {
      engine_.advance_watermark({event_time{what.get<std::int64_t>()}});
    } else if (kind == "status") {
      engine_.change_status(what == "idle" ? stream_status::idle : stream_status::active);
    } else if (kind == "processing_time") {
      engine_.set_processing_time(processing_time{what.get<std::int64_t>()});
    } else if (kind == "snapshot_and_restore") {
      engine_.snapshot_and_restore(what.at("parallelism").get<std::uint32_t>());
    } else {
      throw unsupported("step " + kind);
    }
    return show();
  }

  [[nodiscard]] std::map<std::string, std::int64_t> counters() const override {
    return {{"late_records_dropped", static_cast<std::int64_t>(engine_.gauges().late_records)}};
  }

 private:
  static engine::settings settings() {
    engine::settings s;
    s.hash = [](const item& i) { return key_hash<std::string>{}(i.key); };
    s.side_outputs = {late_items.name};
    return s;
  }

  static std::function<std::unique_ptr<stream_operator>()> maker_of(const json& oper) {
    auto s = window_settings_of<item>(oper, [](const item& i) { return i.value; });
    if (oper.contains("late_side_output")) s.late_output = late_items;
    if (const auto rules = oper.at("window").value("gap_rules", json::array()); !rules.empty())
      s.gap_of = [rules, otherwise = ms(oper.at("window"), "gap_ms")](const item& i) {
        for (const auto& r : rules)
          if ((!r.contains("key") || r["key"] == json::parse(i.key)) &&
              (!r.contains("value") || r["value"] == json::parse(i.whole)))
            return duration{r.at("gap_ms").get<std::int64_t>()};
        return otherwise;
      };
    const std::string function = oper.at("function");
    const json evictor = oper.value("evictor", json());
    if (function == "list" || !evictor.is_null())
      return [=]() -> std::unique_ptr<stream_operator> {
        return window_operator_of<key_of_item>(
            listing{emit_list{function}, evictor.is_null() ? nullptr : evictor_of(evictor)}, s);
      };
    return [=]() -> std::unique_ptr<stream_operator> {
      return window_operator_of<key_of_item>(aggregating{{}, emit_statistics{function}}, s);
    };
  }

  outputs show() {
    outputs all;
    for (const auto& r : engine_.take_side(late_items))
      all.push_back({{"side_output", late_tag_},
                     {"ts", r.at ? json(r.at->ms()) : json()},
                     {"key", json::parse(r.value.key)},
                     {"value", json::parse(r.value.whole)}});
    for (const auto& e : engine_.take_output()) {
      if (const auto* r = std::get_if<emitted<answer>>(&e)) {
        json o{{"ts", r->at ? json(r->at->ms()) : json()},
               {"key", json::parse(r->value.key)},
               {"value", json::parse(r->value.value)}};
        if (time_window{r->value.start_ms, r->value.end_ms}.is_global()) {
          o["window"] = "global";
        } else {
          o["window_start"] = r->value.start_ms;
          o["window_end"] = r->value.end_ms;
        }
        all.push_back(std::move(o));
      } else if (const auto* w = std::get_if<watermark>(&e)) {
        all.push_back({{"watermark", w->at.ms()}});
      } else {
        all.push_back({{"status", name_of(std::get<stream_status>(e))}});
      }
    }
    return all;
  }

  std::string late_tag_;
  bool keyed_;
  engine engine_;
};

const operator_registration known{"window", [](const json& oper) -> std::unique_ptr<operator_harness> {
                                    return std::make_unique<window_harness>(oper);
                                  }};

/// What a stage puts out feeds the next.
class pipeline_harness final : public operator_harness {
 public:
  explicit pipeline_harness(const json& oper) {
    for (const auto& stage : oper.at("stages")) {
      if (stage.at("type") != "window") throw unsupported("stage '" + stage.at("type").get<std::string>() + "'");
      stages_.push_back(std::make_unique<window_harness>(stage));
    }
  }

  outputs take_step(const json& step) override { return take_step(0, step); }

 private:
  outputs take_step(std::size_t stage, const json& step) {
    const outputs made = stages_[stage]->take_step(step);
    if (stage + 1 == stages_.size()) return made;
    outputs all;
    const auto pass_on = [&](const json& next) {
      for (auto& o : take_step(stage + 1, next)) all.push_back(std::move(o));
    };
    for (const auto& o : made) {
      if (o.contains("watermark") || o.contains("status"))
        pass_on(o);
      else if (!o.contains("side_output"))
        pass_on({{"element", {{"ts", o.at("ts")}, {"key", o.at("key")}, {"value", o.at("value")}}}});
    }
    if (const std::string kind = kind_of(step); kind == "processing_time" || kind == "snapshot_and_restore")
      pass_on(step);
    return all;
  }

  std::vector<std::unique_ptr<window_harness>> stages_;
};

const operator_registration known_pipeline{"pipeline", [](const json& oper) -> std::unique_ptr<operator_harness> {
                                             return std::make_unique<pipeline_harness>(oper);
                                           }};

}  // namespace
}  // namespace leat::conformance
