#pragma once

#include <optional>
#include <utility>

#include <leat/operators/broadcast_state.hpp>
#include <leat/operators/keyed_process.hpp>
#include <leat/operators/stateless.hpp>

namespace leat {

/// What a keyed function may ask and do while it processes a broadcast record.
template <class K>
class broadcast_context {
 public:
  explicit broadcast_context(keyed_runtime& runtime) : runtime_(&runtime) {}

  /// The record's event time; empty if it has none.
  [[nodiscard]] std::optional<event_time> timestamp() const {
    return time_ == no_event_time ? std::nullopt : std::optional{event_time{time_}};
  }
  [[nodiscard]] watermark current_watermark() const { return runtime_->current_watermark(); }
  [[nodiscard]] processing_time now() const { return runtime_->now(); }

  /// Adds a record to a side output, with the broadcast record's time.
  template <class T>
  void emit(const output_tag<T>& tag, T value) {
    runtime_->sides().emit(tag, std::move(value), time_);
  }

  /// Calls `visit(key)` for every key of this subtask that has any state, with that key's states current, in no order.
  /// Cost: the whole table in one go; the subtask does nothing else meanwhile.
  template <class Visit>
  void for_each_key(Visit&& visit) {
    runtime_->table().for_each([&](slot_header* s) {
      runtime_->select(s, time_);
      visit(runtime_->template key<K>());
    });
    runtime_->deselect();
  }

  /// For the runtime.
  void set_time(std::int64_t time) { time_ = time; }

 private:
  keyed_runtime* runtime_;
  std::int64_t time_ = no_event_time;
};

/// The base of keyed functions with a broadcast input: records come by key, rules (or whatever `Rule` is) reach every
/// subtask. Declare keyed states and broadcast states as members.
///
///     class matcher : public leat::keyed_broadcast_process<card_id, payment, rule, alert> { … };
///     payments.key_by(&payment::card).connect(rules.broadcast()).process<matcher>("matcher");
///
/// Order:     rules of one sender come in their order; between rules and records there is none.
/// Determinism: process_broadcast must do the same in every subtask, since its states count as the same everywhere.
/// Errors:    an exception ends the attempt; the job restarts from its last checkpoint.
/// Threading: one subtask.
/// Source:    Flink, KeyedBroadcastProcessFunction.
template <class K, class In, class Rule, class Out>
class keyed_broadcast_process : public state_owner, public broadcast_state_owner {
 public:
  using key_type = K;
  using input_type = In;
  using rule_type = Rule;
  using output_type = Out;
  using context = keyed_context<K>;
  using rule_context = broadcast_context<K>;

  keyed_broadcast_process()
      : state_owner(state_layout{sizeof(K), alignof(K), state_operations_of<K>(), codec<K>::schema_of()}) {}
  virtual ~keyed_broadcast_process() = default;

  /// Broadcast states can be read here, not changed.
  virtual void process(const In& record, context& ctx, output<Out>& out) = 0;
  /// Broadcast states can be changed here. There is no current key.
  virtual void process_broadcast(const Rule& rule, rule_context& ctx, output<Out>& out) = 0;
  virtual void on_timer(const timer& t, context& ctx, output<Out>& out) {
    static_cast<void>(t), static_cast<void>(ctx), static_cast<void>(out);
  }
};

/// The same without keys: for records that are not partitioned.
/// Source: Flink, BroadcastProcessFunction.
template <class In, class Rule, class Out>
class broadcast_process : public broadcast_state_owner {
 public:
  using input_type = In;
  using rule_type = Rule;
  using output_type = Out;

  virtual ~broadcast_process() = default;

  /// Broadcast states can be read here, not changed.
  virtual void process(const In& record, output<Out>& out) = 0;
  /// Broadcast states can be changed here.
  virtual void process_broadcast(const Rule& rule, output<Out>& out) = 0;
};

/// Hosts a keyed function F with a broadcast input, which is input 1.
template <class F, class Key>
class keyed_broadcast_operator final : private function_holder<F>, public keyed_operator {
  using K = typename F::key_type;
  using In = typename F::input_type;
  using Rule = typename F::rule_type;
  using Out = typename F::output_type;
  using base = keyed_broadcast_process<K, In, Rule, Out>;
  using function_holder<F>::function_;

 public:
  template <class... Args>
  explicit keyed_broadcast_operator(Key key, Args&&... args)
      : function_holder<F>(std::forward<Args>(args)...),
        keyed_operator(function_, timer_use::some, &keyed_table::read_key<K>),
        context_(runtime_),
        rule_context_(runtime_),
        key_(std::move(key)) {}

  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override {
    writes_broadcast_ = context.subtask.value() == 0;
    return keyed_operator::open(context, outputs);
  }

  void process(std::uint32_t input, batch_ptr& b) override {
    if (input == 0)
      process_records(static_cast<batch<In>&>(*b));
    else
      process_rules(static_cast<batch<Rule>&>(*b));
  }

  [[nodiscard]] operator_schema stored() const override {
    operator_schema s = keyed_operator::stored();
    broadcast().append_stored(s);
    return s;
  }
  void begin_snapshot(checkpoint_id id, snapshot_kind kind, snapshot_sink& to) override {
    if (writes_broadcast_) {
      chunk_builder chunk{to, chunk_kind::operator_state};
      broadcast().write(static_cast<std::uint32_t>(keyed_operator::stored().states.size()), chunk);
      chunk.flush();
    }
    keyed_operator::begin_snapshot(id, kind, to);
  }
  result<void> restore(chunk_kind kind, std::string_view bytes, const operator_schema& schema) override {
    if (kind == chunk_kind::operator_state) return function_.broadcast_state_owner::read(bytes, schema);
    return keyed_operator::restore(kind, bytes, schema);
  }

 private:
  [[nodiscard]] const broadcast_state_owner& broadcast() const { return function_; }

  void process_records(batch<In>& in) {
    for_each_with_key<K>(in, key_, [this](const In& record, std::int64_t time) {
      out_.set_time(time);
      static_cast<base&>(function_).process(record, context_, out_);
    });
    in.clear();
    finish();
  }
  void process_rules(batch<Rule>& in) {
    function_.allow_changes(true);
    for (std::size_t i = 0; i < in.size(); ++i) {
      out_.set_time(in.times()[i]);
      rule_context_.set_time(in.times()[i]);
      static_cast<base&>(function_).process_broadcast(std::as_const(in.values()[i]), rule_context_, out_);
    }
    function_.allow_changes(false);
    in.clear();
    finish();
  }

  void fire(const timer& t) override {
    out_.set_time(runtime_.time());
    static_cast<base&>(function_).on_timer(t, context_, out_);
  }

  void open_output(output_port& port, std::size_t batch_records_max) override {
    out_.open(port, batch_records_max != 0 ? batch_records_max : batch_capacity_for(sizeof(Out)));
  }
  void flush_output() override { out_.flush(); }

  keyed_context<K> context_;
  broadcast_context<K> rule_context_;
  [[no_unique_address]] Key key_;
  output<Out> out_;
  bool writes_broadcast_ = false;
};

/// Hosts a function F without keys and with a broadcast input, which is input 1.
template <class F>
class broadcast_operator final : public stateless_operator {
  using In = typename F::input_type;
  using Rule = typename F::rule_type;
  using Out = typename F::output_type;
  using base = broadcast_process<In, Rule, Out>;

 public:
  template <class... Args>
  explicit broadcast_operator(Args&&... args) : function_(std::forward<Args>(args)...) {}

  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override {
    uid_ = context.uid;
    writes_broadcast_ = context.subtask.value() == 0;
    port_ = outputs[0];
    out_.open(*port_, context.batch_records_max != 0 ? context.batch_records_max : batch_capacity_for(sizeof(Out)));
    return {};
  }

  void process(std::uint32_t input, batch_ptr& b) override {
    if (input == 0)
      process_all(static_cast<batch<In>&>(*b), [this](const In& r) { function().process(r, out_); });
    else {
      function_.allow_changes(true);
      process_all(static_cast<batch<Rule>&>(*b), [this](const Rule& r) { function().process_broadcast(r, out_); });
      function_.allow_changes(false);
    }
  }

  [[nodiscard]] operator_schema stored() const override {
    operator_schema s{uid_, std::nullopt, {}};
    function_.append_stored(s);
    return s;
  }
  void begin_snapshot(checkpoint_id, snapshot_kind, snapshot_sink& to) override {
    if (!writes_broadcast_) return;
    chunk_builder chunk{to, chunk_kind::operator_state};
    function_.write(0, chunk);
    chunk.flush();
  }
  result<void> restore(chunk_kind kind, std::string_view bytes, const operator_schema& schema) override {
    if (kind != chunk_kind::operator_state) return stateless_operator::restore(kind, bytes, schema);
    return function_.broadcast_state_owner::read(bytes, schema);
  }

 private:
  [[nodiscard]] base& function() { return function_; }

  template <class T, class Call>
  void process_all(batch<T>& in, const Call& call) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      out_.set_time(in.times()[i]);
      call(std::as_const(in.values()[i]));
    }
    in.clear();
    out_.flush();
  }

  F function_;
  output<Out> out_;
  std::string uid_;
  bool writes_broadcast_ = false;
};

}  // namespace leat
