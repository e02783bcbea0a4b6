#include <leat/operators/keyed_process.hpp>
#include <leat/state/expiring_aggregate_state.hpp>
#include <leat/state/expiring_list_state.hpp>
#include <leat/state/expiring_map_state.hpp>
#include <leat/state/expiring_value_state.hpp>
#include <leat/testing/operator_harness.hpp>

#include "operator_harness.hpp"

namespace leat::conformance {
namespace {

/// An access to the state of a key, as JSON text.
struct access {
  std::string key;
  std::string what;
  LEAT_FIELDS(key, what);
};

/// The result of a read, as JSON text.
using answer = std::string;

/// Carries out what is asked of one state; values are JSON text.
class accessing : public keyed_process<std::string, access, answer> {
 public:
  void process(const access& a, context&, output<answer>& out) final {
    const json what = json::parse(a.what);
    const auto op = what.at("op").get<std::string>();
    if (op == "clear") return clear();
    if (const std::optional<json> result = carry_out(op, what)) out.emit(result->dump());
  }

 protected:
  /// The result of a read; empty for a write.
  virtual std::optional<json> carry_out(const std::string& op, const json& what) = 0;
  virtual void clear() = 0;

  static std::string value_of(const json& what) { return what.at("value").dump(); }
  static json json_of(const std::string* text) { return text == nullptr ? json() : json::parse(*text); }
};

class value_accessing final : public accessing {
 public:
  explicit value_accessing(const state_ttl& ttl) : value_{*this, "value", ttl} {}

 private:
  std::optional<json> carry_out(const std::string& op, const json& what) override {
    if (op == "get") return json_of(value_.find());
    if (op != "update") throw unsupported("value state: " + op);
    value_.set(value_of(what));
    return std::nullopt;
  }
  void clear() override { value_.clear(); }

  expiring_value_state<std::string> value_;
};

class list_accessing final : public accessing {
 public:
  explicit list_accessing(const state_ttl& ttl) : list_{*this, "list", ttl} {}

 private:
  std::optional<json> carry_out(const std::string& op, const json& what) override {
    if (op == "get") {
      json all = json::array();
      for (const auto& text : list_.get()) all.push_back(json::parse(text));
      return all;
    }
    if (op == "add") {
      list_.add(value_of(what));
    } else if (op == "update") {
      std::vector<std::string> values;
      for (const json& v : what.at("value")) values.push_back(v.dump());
      list_.set(std::move(values));
    } else {
      throw unsupported("list state: " + op);
    }
    return std::nullopt;
  }
  void clear() override { list_.clear(); }

  expiring_list_state<std::string> list_;
};

class map_accessing final : public accessing {
 public:
  explicit map_accessing(const state_ttl& ttl) : map_{*this, "map", ttl} {}

 private:
  std::optional<json> carry_out(const std::string& op, const json& what) override {
    if (op == "entries") {
      json all = json::object();
      map_.for_each([&](const std::string& key, const std::string& text) { all[name_of(key)] = json::parse(text); });
      return all;
    }
    const std::string key = what.at("map_key").dump();
    if (op == "get") return json_of(map_.find(key));
    if (op == "contains") return map_.contains(key);
    if (op == "put")
      map_.put(key, value_of(what));
    else if (op == "remove")
      map_.remove(key);
    else
      throw unsupported("map state: " + op);
    return std::nullopt;
  }
  void clear() override { map_.clear(); }

  /// A map's key as a member's name: a string without its quotes, anything else as it stands.
  static std::string name_of(const std::string& key) {
    const json j = json::parse(key);
    return j.is_string() ? j.get<std::string>() : key;
  }

  expiring_map_state<std::string, std::string> map_;
};

class sum_accessing final : public accessing {
 public:
  explicit sum_accessing(const state_ttl& ttl) : sum_{*this, "sum", ttl} {}

 private:
  std::optional<json> carry_out(const std::string& op, const json& what) override {
    if (op == "get") {
      const std::int64_t* const sum = sum_.find();
      return sum == nullptr ? json() : json(*sum);
    }
    if (op != "add") throw unsupported("reducing state: " + op);
    sum_.add(what.at("value").get<std::int64_t>());
    return std::nullopt;
  }
  void clear() override { sum_.clear(); }

  expiring_reducing_state<std::int64_t, std::plus<>> sum_;
};

struct key_of_access {
  const std::string& operator()(const access& a) const { return a.key; }
};

using engine = leat::operator_harness<access, answer>;

class ttl_state_harness final : public operator_harness {
 public:
  explicit ttl_state_harness(const json& oper) : engine_(maker_of(oper), settings()) {}

  outputs take_step(const json& step) override {
    const std::string kind = kind_of(step);
    const json& what = step.at(kind);
    if (kind == "state")
      engine_.process({what.at("key").dump(), what.dump()}, std::nullopt);
    else if (kind == "watermark")
      engine_.advance_watermark({event_time{what.get<std::int64_t>()}});
    else if (kind == "processing_time")
      engine_.set_processing_time(processing_time{what.get<std::int64_t>()});
    else if (kind == "snapshot_and_restore")
      engine_.snapshot_and_restore(what.at("parallelism").get<std::uint32_t>());
    else
      throw unsupported("step " + kind);
    outputs results;
    for (const auto& text : engine_.take_values()) results.push_back({{"result", json::parse(text)}});
    return results;
  }

 private:
  static engine::settings settings() {
    engine::settings s;
    s.hash = [](const access& a) { return key_hash<std::string>{}(a.key); };
    return s;
  }

  /// Without background cleaning, as the schema says.
  static state_ttl ttl_of(const json& oper) {
    state_ttl ttl{.ttl = duration{oper.at("ttl_ms").get<std::int64_t>()}, .cleanup = ttl_cleanup::on_access};
    const auto update = oper.value("update", "on_create_and_write");
    const auto visibility = oper.value("visibility", "never_return_expired");
    if (update == "on_read_and_write")
      ttl.update = ttl_update::on_read_and_write;
    else if (update != "on_create_and_write")
      throw unsupported("update type " + update);
    if (visibility == "return_expired_if_not_cleaned_up")
      ttl.visibility = ttl_visibility::return_expired_if_not_cleaned_up;
    else if (visibility != "never_return_expired")
      throw unsupported("visibility " + visibility);
    return ttl;
  }

  template <class F>
  static std::function<std::unique_ptr<stream_operator>()> maker(const state_ttl& ttl) {
    return [ttl] { return std::make_unique<keyed_process_operator<F, key_of_access>>(key_of_access{}, ttl); };
  }
  static std::function<std::unique_ptr<stream_operator>()> maker_of(const json& oper) {
    const state_ttl ttl = ttl_of(oper);
    const auto state = oper.at("state").get<std::string>();
    if (state == "value") return maker<value_accessing>(ttl);
    if (state == "list") return maker<list_accessing>(ttl);
    if (state == "map") return maker<map_accessing>(ttl);
    if (state == "reducing_sum") return maker<sum_accessing>(ttl);
    throw unsupported("state " + state);
  }

  engine engine_;
};

const operator_registration known{"ttl_state", [](const json& oper) -> std::unique_ptr<operator_harness> {
                                    return std::make_unique<ttl_state_harness>(oper);
                                  }};

}  // namespace
}  // namespace leat::conformance
