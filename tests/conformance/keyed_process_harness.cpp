#include <leat/operators/keyed_co_process.hpp>
#include <leat/operators/keyed_process.hpp>
#include <leat/state/value_state.hpp>
#include <leat/testing/operator_harness.hpp>

#include "operator_harness.hpp"
#include "stream_status_name.hpp"
#include "two_input_harness.hpp"

namespace leat::conformance {
namespace {

/// What the command-driven function is sent: commands for a key, both as JSON text.
struct instruction {
  std::string key;
  std::string commands;
  LEAT_FIELDS(key, commands);
};
/// What it emits: a value for a key, both as JSON text.
struct answer {
  std::string key;
  std::string value;
  LEAT_FIELDS(key, value);
};

/// The schema's timer namespaces as scopes; the same for all subtasks of a scenario.
class scope_names {
 public:
  scope scope_of(const std::string& name) {
    const auto it = std::find(names_.begin(), names_.end(), name);
    if (it != names_.end()) return scope{it - names_.begin() + 1};
    names_.push_back(name);
    return scope{static_cast<std::int64_t>(names_.size())};
  }
  [[nodiscard]] const std::string& name_of(scope s) const { return names_.at(static_cast<std::size_t>(s) - 1); }

 private:
  std::vector<std::string> names_;
};

/// The command-driven function on one of the bases of keyed functions.
template <class Base>
class commanded_function : public Base {
 public:
  using context = keyed_context<std::string>;

  commanded_function(const json& rules, std::shared_ptr<scope_names> scopes)
      : rules_(rules), scopes_(std::move(scopes)) {}

  void on_timer(const timer& t, context& ctx, output<answer>& out) override {
    const char* domain = t.domain == time_domain::event ? "event" : "processing";
    std::string name = std::string{domain} + "@" + std::to_string(t.at_ms);
    if (t.scope != scope::none) name += "/" + scopes_->name_of(t.scope);
    out.emit({ctx.key(), json(name).dump()});
    for (const auto& rule : rules_) {
      if (rule.at("domain") != domain || rule.at("ts") != t.at_ms) continue;
      if (rule.contains("key") && rule.at("key").dump() != ctx.key()) continue;
      carry_out(rule.at("do"), ctx, out);
    }
  }

 protected:
  void carry_out(const json& commands, context& ctx, output<answer>& out) {
    for (const auto& c : commands) {
      const auto verb = c.at(0).get<std::string>();
      const auto at = [&] { return c.at(1).get<std::int64_t>(); };
      const auto in = [&] { return c.size() > 2 ? scopes_->scope_of(c.at(2).get<std::string>()) : scope::none; };
      const auto emit = [&](const json& v) { out.emit({ctx.key(), v.dump()}); };
      if (verb == "event_timer")
        ctx.register_event_timer(event_time{at()}, in());
      else if (verb == "delete_event_timer")
        ctx.delete_event_timer(event_time{at()}, in());
      else if (verb == "processing_timer")
        ctx.register_processing_timer(processing_time{at()}, in());
      else if (verb == "delete_processing_timer")
        ctx.delete_processing_timer(processing_time{at()}, in());
      else if (verb == "emit")
        emit(c.at(1));
      else if (verb == "add")
        sum_.at() += at();
      else if (verb == "clear")
        sum_.clear();
      else if (verb == "emit_state")
        emit(sum_.has() ? json(sum_.get()) : json());
      else if (verb == "emit_watermark")
        emit(ctx.current_watermark().at.ms());
      else if (verb == "emit_processing_time")
        emit(ctx.now().ms());
      else
        throw unsupported("command '" + verb + "'");
    }
  }

 private:
  json rules_;
  std::shared_ptr<scope_names> scopes_;
  value_state<std::int64_t> sum_{*this, "sum"};
};

class commanded final : public commanded_function<keyed_process<std::string, instruction, answer>> {
 public:
  using commanded_function::commanded_function;
  void process(const instruction& i, context& ctx, output<answer>& out) override {
    carry_out(json::parse(i.commands), ctx, out);
  }
};
class co_commanded final : public commanded_function<keyed_co_process<std::string, instruction, instruction, answer>> {
 public:
  using commanded_function::commanded_function;
  void process_first(const instruction& i, context& ctx, output<answer>& out) override {
    carry_out(json::parse(i.commands), ctx, out);
  }
  void process_second(const instruction& i, context& ctx, output<answer>& out) override {
    carry_out(json::parse(i.commands), ctx, out);
  }
};

struct key_of_instruction {
  const std::string& operator()(const instruction& i) const { return i.key; }
};

using hosted = keyed_process_operator<commanded, key_of_instruction>;
using engine = leat::operator_harness<instruction, answer>;

class keyed_process_harness final : public operator_harness {
 public:
  explicit keyed_process_harness(const json& oper)
      : engine_(
            [rules = oper.value("on_timer", json::array()), scopes = std::make_shared<scope_names>()] {
              return std::make_unique<hosted>(key_of_instruction{}, rules, scopes);
            },
            settings()) {}

  outputs take_step(const json& step) override {
    const std::string kind = kind_of(step);
    const json& what = step.at(kind);
    if (kind == "element") {
      const auto at =
          what.at("ts").is_null() ? std::nullopt : std::optional{event_time{what.at("ts").get<std::int64_t>()}};
      engine_.process({what.at("key").dump(), what.at("value").dump()}, at);
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

 private:
  static engine::settings settings() {
    engine::settings s;
    s.hash = [](const instruction& i) { return key_hash<std::string>{}(i.key); };
    return s;
  }

  outputs show() {
    outputs all;
    for (const auto& e : engine_.take_output()) {
      if (const auto* r = std::get_if<emitted<answer>>(&e))
        all.push_back({{"ts", r->at ? json(r->at->ms()) : json()},
                       {"key", json::parse(r->value.key)},
                       {"value", json::parse(r->value.value)}});
      else if (const auto* w = std::get_if<watermark>(&e))
        all.push_back({{"watermark", w->at.ms()}});
      else
        all.push_back({{"status", name_of(std::get<stream_status>(e))}});
    }
    return all;
  }

  engine engine_;
};

using both = two_inputs<instruction, instruction>;

class co_keyed_process_harness final : public engine_of_two<both, answer> {
 public:
  explicit co_keyed_process_harness(const json& oper)
      : engine_of_two(
            [rules = oper.value("on_timer", json::array()), scopes = std::make_shared<scope_names>()] {
              return std::make_unique<keyed_co_process_operator<co_commanded, key_of_instruction, key_of_instruction>>(
                  key_of_instruction{}, key_of_instruction{}, rules, scopes);
            },
            settings()) {}

 private:
  static engine::settings settings() {
    engine::settings s;
    s.hash = [](const both& b) {
      return key_hash<std::string>{}(std::visit([](const instruction& i) { return i.key; }, b.record));
    };
    return s;
  }
  void take_element(std::uint32_t input, const json& key, const json& value, std::optional<event_time> at) override {
    instruction i{key.dump(), value.dump()};
    if (input == 0)
      engine_.process({std::variant<instruction, instruction>{std::in_place_index<0>, std::move(i)}}, at);
    else
      engine_.process({std::variant<instruction, instruction>{std::in_place_index<1>, std::move(i)}}, at);
  }
  json show_record(const answer& a, const json& at) override {
    return {{"ts", at}, {"key", json::parse(a.key)}, {"value", json::parse(a.value)}};
  }
};

const operator_registration known_co{"co_keyed_process", [](const json& oper) -> std::unique_ptr<operator_harness> {
                                       return std::make_unique<co_keyed_process_harness>(oper);
                                     }};
const operator_registration known{"keyed_process", [](const json& oper) -> std::unique_ptr<operator_harness> {
                                    return std::make_unique<keyed_process_harness>(oper);
                                  }};

}  // namespace
}  // namespace leat::conformance
