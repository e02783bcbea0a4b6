#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <leat/operators/keyed_operator.hpp>
#include <leat/operators/output.hpp>

namespace leat {

/// What a keyed function may ask and do while it processes a key.
template <class K>
class keyed_context {
 public:
  explicit keyed_context(keyed_runtime& runtime) : runtime_(&runtime) {}

  /// The key of the record, or of the timer that fires.
  [[nodiscard]] const K& key() const { return runtime_->template key<K>(); }
  /// The record's event time, or the firing event-time timer's; empty if there is none.
  [[nodiscard]] std::optional<event_time> timestamp() const {
    return runtime_->time() == no_event_time ? std::nullopt : std::optional{event_time{runtime_->time()}};
  }
  /// The watermark of this subtask; while timers fire, the one that made them fire.
  [[nodiscard]] watermark current_watermark() const { return runtime_->current_watermark(); }
  [[nodiscard]] processing_time now() const { return runtime_->now(); }

  /// Sets a timer for the current key, which fires once `at` ≤ watermark; setting an equal one again has no effect.
  /// Requires: the function declares on_timer.
  void register_event_timer(event_time at, scope s = scope::none) {
    runtime_->register_timer({time_domain::event, at.ms(), s});
  }
  /// Takes a timer of the current key back; no effect if there is none.
  void delete_event_timer(event_time at, scope s = scope::none) {
    runtime_->delete_timer({time_domain::event, at.ms(), s});
  }
  /// Sets a timer for the current key, which fires once `at` ≤ clock.
  void register_processing_timer(processing_time at, scope s = scope::none) {
    runtime_->register_timer({time_domain::processing, at.ms(), s});
  }
  void delete_processing_timer(processing_time at, scope s = scope::none) {
    runtime_->delete_timer({time_domain::processing, at.ms(), s});
  }

  /// Adds a record to a side output, with the time that emit would give it.
  template <class T>
  void emit(const output_tag<T>& tag, T value) {
    runtime_->sides().emit(tag, std::move(value), runtime_->time());
  }

 private:
  keyed_runtime* runtime_;
};

/// The base of keyed functions: user code that sees one key at a time, with that key's states and timers. Declare
/// states as members, override process and, if timers are used, on_timer. Keep `process` public, so that the compiler
/// can put it into the loop over the batch; a private one costs a virtual call per record.
///
/// Threading: one subtask; no locks are needed.
/// Errors:    an exception ends the attempt; the job restarts from its last checkpoint.
template <class K, class In, class Out>
class keyed_process : public state_owner {
 public:
  using key_type = K;
  using input_type = In;
  using output_type = Out;
  using context = keyed_context<K>;

  keyed_process() : state_owner(state_layout{sizeof(K), alignof(K), state_operations_of<K>(), codec<K>::schema_of()}) {}
  virtual ~keyed_process() = default;

  virtual void process(const In& record, context& ctx, output<Out>& out) = 0;
  virtual void on_timer(const timer& t, context& ctx, output<Out>& out) {
    static_cast<void>(t), static_cast<void>(ctx), static_cast<void>(out);
  }
};

/// Hosts a keyed function F. `Key` extracts the key from a record; the batch's hash column is already set.
template <class F, class Key>
class keyed_process_operator final : private function_holder<F>, public keyed_operator {
  using K = typename F::key_type;
  using In = typename F::input_type;
  using Out = typename F::output_type;
  using base = keyed_process<K, In, Out>;
  using function_holder<F>::function_;

 public:
  template <class... Args>
  explicit keyed_process_operator(Key key, Args&&... args)
      : function_holder<F>(std::forward<Args>(args)...),
        keyed_operator(function_, uses_timers(), &keyed_table::read_key<K>),
        context_(runtime_),
        key_(std::move(key)) {}

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<In>&>(*b);
    for_each_with_key<K>(in, key_, [this](const In& record, std::int64_t time) {
      out_.set_time(time);
      call_process(record);
    });
    in.clear();
    finish();
  }

 private:
  /// A function that does not override on_timer uses no timers.
  static constexpr timer_use uses_timers() {
    if constexpr (requires { &F::on_timer; })
      return std::is_same_v<decltype(&F::on_timer), decltype(&base::on_timer)> ? timer_use::none : timer_use::some;
    else
      return timer_use::some;  // declared private
  }

  void call_process(const In& record) {
    if constexpr (requires { function_.F::process(record, context_, out_); })
      function_.F::process(record, context_, out_);  // public: no virtual call, can be inlined
    else
      static_cast<base&>(function_).process(record, context_, out_);
  }

  void fire(const timer& t) override {
    out_.set_time(runtime_.time());
    if constexpr (requires { function_.F::on_timer(t, context_, out_); })
      function_.F::on_timer(t, context_, out_);
    else
      static_cast<base&>(function_).on_timer(t, context_, out_);
  }

  void open_output(output_port& port, std::size_t batch_records_max) override {
    out_.open(port, batch_records_max != 0 ? batch_records_max : batch_capacity_for(sizeof(Out)));
  }
  void flush_output() override { out_.flush(); }

  keyed_context<K> context_;
  [[no_unique_address]] Key key_;
  output<Out> out_;
};

}  // namespace leat
