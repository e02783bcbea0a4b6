#include <leat/core/hash.hpp>
#include <leat/operators/interval_join.hpp>
#include <leat/operators/window_join.hpp>
#include <leat/operators/window_operator.hpp>
#include <leat/testing/operator_harness.hpp>

#include "two_input_harness.hpp"
#include "window_settings.hpp"

namespace leat::conformance {
namespace {

/// A record of either side: key and value as JSON.
struct item {
  std::string key;
  std::string value;
  LEAT_FIELDS(key, value);
};
struct key_of_item {
  const std::string& operator()(const item& i) const { return i.key; }
};

/// A pair, or both sides of a window as lists; as JSON.
struct joined {
  std::string key;
  std::string left;
  std::string right;
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  LEAT_FIELDS(key, left, right, start_ms, end_ms);
};

json show_joined(const joined& j, const json& at) {
  return {{"ts", at}, {"key", json::parse(j.key)}, {"left", json::parse(j.left)}, {"right", json::parse(j.right)}};
}

// -- interval join

struct emit_pair {
  void operator()(const std::string& key, const timed_record<item>& left, const timed_record<item>& right,
                  output<joined>& out) const {
    out.emit({key, left.value.value, right.value.value, 0, 0});
  }
};
using interval_joiner = interval_join_operator<item, item, joined, key_of_item, key_of_item, emit_pair>;
using both = two_inputs<item, item>;

const output_tag<item> late_left{"late-left"};
const output_tag<item> late_right{"late-right"};

class interval_join_harness final : public engine_of_two<both, joined> {
 public:
  explicit interval_join_harness(const json& oper)
      : engine_of_two(
            [s = settings_of(oper)] {
              return std::make_unique<interval_joiner>(key_of_item{}, key_of_item{}, emit_pair{}, s);
            },
            settings()),
        late_names_(oper.value("late_side_output", json::object())) {}

  [[nodiscard]] std::map<std::string, std::int64_t> counters() const override {
    return {{"late_records_dropped", static_cast<std::int64_t>(engine_.gauges().late_records)}};
  }

 private:
  static engine::settings settings() {
    engine::settings s;
    s.hash = [](const both& b) {
      return key_hash<std::string>{}(std::visit([](const item& i) { return i.key; }, b.record));
    };
    s.side_outputs = {late_left.name, late_right.name};
    return s;
  }

  static interval_joiner::settings settings_of(const json& oper) {
    interval_joiner::settings s;
    s.interval.lower = duration{oper.at("lower_ms").get<std::int64_t>() + (oper.at("lower_inclusive") ? 0 : 1)};
    s.interval.upper = duration{oper.at("upper_ms").get<std::int64_t>() - (oper.at("upper_inclusive") ? 0 : 1)};
    const json late = oper.value("late_side_output", json::object());
    if (late.contains("left")) s.late_left = late_left;
    if (late.contains("right")) s.late_right = late_right;
    return s;
  }

  void take_element(std::uint32_t input, const json& key, const json& value, std::optional<event_time> at) override {
    item i{key.dump(), value.dump()};
    if (input == 0)
      engine_.process({std::variant<item, item>{std::in_place_index<0>, std::move(i)}}, at);
    else
      engine_.process({std::variant<item, item>{std::in_place_index<1>, std::move(i)}}, at);
  }
  outputs show_sides() override {
    outputs all;
    const auto show_late = [&](const output_tag<item>& tag, const char* side) {
      for (const auto& r : engine_.take_side(tag))
        all.push_back({{"side_output", late_names_.at(side)},
                       {"ts", r.at ? json(r.at->ms()) : json()},
                       {"key", json::parse(r.value.key)},
                       {"value", json::parse(r.value.value)}});
    };
    show_late(late_left, "left");
    show_late(late_right, "right");
    return all;
  }
  json show_record(const joined& j, const json& at) override { return show_joined(j, at); }

  json late_names_;
};

// -- window join and co-group: the window operator, over records of both sides

using side = side_record<item, item>;
using side_key_type = side_key<key_of_item, key_of_item>;

struct emit_window_pair {
  void operator()(const std::string& key, const time_window& w, const item& left, const item& right,
                  output<joined>& out) const {
    out.emit({key, left.value, right.value, w.start_ms, w.end_ms});
  }
};
struct emit_sides {
  void operator()(const std::string& key, const time_window& w, std::span<const item> left, std::span<const item> right,
                  output<joined>& out) const {
    const auto list = [](std::span<const item> items) {
      json values = json::array();
      for (const auto& i : items) values.push_back(json::parse(i.value));
      return values.dump();
    };
    out.emit({key, list(left), list(right), w.start_ms, w.end_ms});
  }
};
using pairing = window_co_group<std::string, item, item, joined, for_each_pair<emit_window_pair>>;
using grouping = window_co_group<std::string, item, item, joined, emit_sides>;

class window_join_harness final : public engine_of_two<side, joined> {
 public:
  explicit window_join_harness(const json& oper) : engine_of_two(maker_of(oper), settings()) {}

  [[nodiscard]] std::map<std::string, std::int64_t> counters() const override {
    return {{"late_records_dropped", static_cast<std::int64_t>(engine_.gauges().late_records)}};
  }

 private:
  static engine::settings settings() {
    engine::settings s;
    s.hash = [](const side& r) { return key_hash<std::string>{}(side_key_type{}(r)); };
    return s;
  }

  static std::function<std::unique_ptr<stream_operator>()> maker_of(const json& oper) {
    for (const char* setting : {"evictor", "late_side_output"})
      if (oper.contains(setting)) throw unsupported(std::string{setting} + " of a window join");
    const auto s = window_settings_of<side>(oper);
    if (oper.at("type") == "window_join") return [s] { return window_operator_of<side_key_type>(pairing{{}}, s); };
    return [s] { return window_operator_of<side_key_type>(grouping{{}}, s); };
  }

  void take_element(std::uint32_t input, const json& key, const json& value, std::optional<event_time> at) override {
    const item i{key.dump(), value.dump()};
    engine_.process(input == 0 ? as_left<item, item>{}(i) : as_right<item, item>{}(i), at);
  }
  json show_record(const joined& j, const json& at) override {
    json o = show_joined(j, at);
    if (time_window{j.start_ms, j.end_ms}.is_global()) {
      o["window"] = "global";
    } else {
      o["window_start"] = j.start_ms;
      o["window_end"] = j.end_ms;
    }
    return o;
  }
};

const operator_registration known_interval_join{"interval_join",
                                                [](const json& oper) -> std::unique_ptr<operator_harness> {
                                                  return std::make_unique<interval_join_harness>(oper);
                                                }};
std::unique_ptr<operator_harness> make_window_join(const json& oper) {
  return std::make_unique<window_join_harness>(oper);
}
const operator_registration known_window_join{"window_join", make_window_join};
const operator_registration known_co_group{"window_cogroup", make_window_join};

}  // namespace
}  // namespace leat::conformance
