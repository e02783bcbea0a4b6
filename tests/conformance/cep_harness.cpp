#include <leat/core/hash.hpp>
#include <leat/operators/event_time_sorter.hpp>
#include <leat/operators/pattern_operator.hpp>
#include <leat/testing/operator_harness.hpp>

#include <utility>

#include "operator_harness.hpp"
#include "stream_status_name.hpp"

namespace leat::conformance {
namespace {

struct event {
  std::string key;  ///< as JSON
  std::string id;
  std::string type;
  std::string whole;  ///< the value as JSON
  LEAT_FIELDS(key, id, type, whole);
};
/// A match or a partial match whose time was over: the members "match" and "timeout" of the schema, as JSON.
struct finding {
  std::string key;
  std::string events;
  LEAT_FIELDS(key, events);
};

struct key_of_event {
  const std::string& operator()(const event& e) const { return e.key; }
};

std::string events_of(const matched<event>& m) {
  json steps = json::object();
  m.for_each([&](const std::string& step, const event& e) { steps[step].push_back(e.id); });
  return steps.dump();
}
struct emit_events {
  void operator()(const std::string& key, const matched<event>& m, output<finding>& out) const {
    out.emit({key, events_of(m)});
  }
};

const output_tag<event> late_events{"late"};
const output_tag<finding> timeouts{"timeouts"};

void quantify(pattern<event>& p, const json& q) {
  const auto least = q.at("min").get<std::uint32_t>();
  const json most = q.value("max", json());
  if (most.is_null())
    p.times_or_more(least);
  else
    p.times(least, most.get<std::uint32_t>());
  const std::string inner = q.value("inner", "relaxed");
  if (inner == "strict")
    p.consecutive();
  else if (inner == "combinations")
    p.allow_combinations();
  else if (inner != "relaxed")
    throw unsupported("inner contiguity '" + inner + "'");
  if (q.value("greedy", false)) p.greedy();
}

void add_step(pattern<event>& p, const std::string& name, const std::string& how) {
  if (how == "next")
    p.next(name);
  else if (how == "followed_by")
    p.followed_by(name);
  else if (how == "followed_by_any")
    p.followed_by_any(name);
  else if (how == "not_next")
    p.not_next(name);
  else if (how == "not_followed_by")
    p.not_followed_by(name);
  else
    throw unsupported("contiguity '" + how + "'");
}

match_skip skip_of(const json& s) {
  const std::string type = s.at("type");
  if (type == "no_skip") return no_skip();
  if (type == "skip_past_last") return skip_past_last_event();
  if (type == "skip_to_next") return skip_to_next();
  if (type == "skip_to_first") return skip_to_first(s.at("name"));
  if (type == "skip_to_last") return skip_to_last(s.at("name"));
  throw unsupported("skip strategy '" + type + "'");
}

auto type_among(const json& types) {
  return [types = types.get<std::vector<std::string>>()](const event& e) {
    return std::find(types.begin(), types.end(), e.type) != types.end();
  };
}

pattern<event> pattern_of(const json& oper) {
  const json& steps = oper.at("pattern");
  auto p = pattern<event>::begin(steps.at(0).at("name"));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const json& s = steps[i];
    if (i > 0) add_step(p, s.at("name"), s.at("contiguity"));
    p.where(type_among(s.at("match")));
    if (const json q = s.value("quantifier", json()); !q.is_null()) quantify(p, q);
    if (s.value("greedy", false)) p.greedy();
    if (s.value("optional", false)) p.optional();
    if (const json u = s.value("until", json()); !u.is_null()) p.until(type_among(u));
  }
  if (const json within = oper.value("within_ms", json()); !within.is_null())
    p.within(duration{within.get<std::int64_t>()});
  if (const json skip = oper.value("skip", json()); !skip.is_null()) p.after_match(skip_of(skip));
  if (const std::string why = p.mistake(); !why.empty()) throw std::invalid_argument(why);
  return p;
}

/// In event time a sorter stands in front of the pattern operator, as where an application matches a pattern.
class cep_harness final : public operator_harness {
  using sorter = leat::operator_harness<event, event>;
  using matcher = leat::operator_harness<event, finding>;

 public:
  explicit cep_harness(const json& oper)
      : late_tag_(oper.value("late_side_output", "")), matcher_(maker_of(oper), settings_of<matcher>()) {
    const std::string time = oper.value("time", "event");
    if (time == "event") {
      const auto late = late_tag_.empty() ? std::nullopt : std::optional{late_events};
      sorter_.emplace([late] { return std::make_unique<event_time_sorter<event>>(late); }, settings_of<sorter>());
    } else if (time != "direct") {
      throw unsupported("time '" + time + "'");
    }
  }

  outputs take_step(const json& step) override {
    const std::string kind = kind_of(step);
    const json& what = step.at(kind);
    if (kind == "element") {
      take(event_of(what),
           what.at("ts").is_null() ? std::nullopt : std::optional{event_time{what.at("ts").get<std::int64_t>()}});
    } else if (kind == "watermark") {
      advance({event_time{what.get<std::int64_t>()}});
    } else if (kind == "status") {
      matcher_.change_status(what == "idle" ? stream_status::idle : stream_status::active);
    } else if (kind == "processing_time") {
      matcher_.set_processing_time(processing_time{what.get<std::int64_t>()});
    } else if (kind == "snapshot_and_restore") {
      const auto parallelism = what.at("parallelism").get<std::uint32_t>();
      if (sorter_) sorter_->snapshot_and_restore(parallelism);
      matcher_.snapshot_and_restore(parallelism);
    } else {
      throw unsupported("step " + kind);
    }
    return show();
  }

  [[nodiscard]] std::map<std::string, std::int64_t> counters() const override {
    return {{"late_records_dropped", sorter_ ? static_cast<std::int64_t>(sorter_->gauges().late_records) : 0}};
  }

 private:
  template <class Harness>
  static typename Harness::settings settings_of() {
    typename Harness::settings s;
    s.hash = [](const event& e) { return key_hash<std::string>{}(e.key); };
    s.side_outputs = {late_events.name, timeouts.name};
    return s;
  }
  static std::function<std::unique_ptr<stream_operator>()> maker_of(const json& oper) {
    pattern_settings<std::string, event> s;
    s.sorted = oper.value("time", "event") == "event";
    if (oper.value("emit_timeouts", false))
      s.timed_out = [](const std::string& key, const matched<event>& m, std::int64_t at_ms, side_outputs& sides) {
        sides.emit(timeouts, {key, events_of(m)}, at_ms);
      };
    return [p = pattern_of(oper), s] {
      return std::make_unique<pattern_operator<std::string, event, finding, key_of_event, emit_events>>(
          key_of_event{}, p, emit_events{}, s);
    };
  }
  static event event_of(const json& element) {
    const json& value = element.at("value");
    return {element.at("key").dump(), value.at("id"), value.at("type"), value.dump()};
  }

  void take(event e, std::optional<event_time> at) {
    if (!sorter_) return matcher_.process(std::move(e), at);
    sorter_->process(std::move(e), at);
  }
  void advance(watermark w) {
    if (sorter_) {
      sorter_->advance_watermark(w);
      for (auto& e : sorter_->take_output())
        if (auto* r = std::get_if<emitted<event>>(&e)) matcher_.process(std::move(r->value), r->at);
    }
    matcher_.advance_watermark(w);
  }

  outputs show() {
    outputs all;
    if (sorter_)
      for (const auto& r : sorter_->take_side(late_events))
        all.push_back({{"side_output", late_tag_},
                       {"ts", r.at ? json(r.at->ms()) : json()},
                       {"key", json::parse(r.value.key)},
                       {"value", json::parse(r.value.whole)}});
    for (const auto& r : matcher_.take_side(timeouts))
      all.push_back({{"key", json::parse(r.value.key)}, {"timeout", json::parse(r.value.events)}});
    for (const auto& e : matcher_.take_output()) {
      if (const auto* r = std::get_if<emitted<finding>>(&e))
        all.push_back({{"key", json::parse(r->value.key)}, {"match", json::parse(r->value.events)}});
      else if (const auto* w = std::get_if<watermark>(&e))
        all.push_back({{"watermark", w->at.ms()}});
      else
        all.push_back({{"status", name_of(std::get<stream_status>(e))}});
    }
    return all;
  }

  std::string late_tag_;
  std::optional<sorter> sorter_;
  matcher matcher_;
};

const operator_registration known{
    "cep", [](const json& oper) -> std::unique_ptr<operator_harness> { return std::make_unique<cep_harness>(oper); }};

}  // namespace
}  // namespace leat::conformance
