#pragma once

#include <type_traits>
#include <utility>

#include <leat/operators/keyed_process.hpp>

namespace leat {

/// The base of keyed functions with two inputs: user code that sees the records of both that have the same key, with
/// that key's states and timers. Declare states as members, override process_first and process_second and, if timers are
/// used, on_timer. Keep them public, so that the compiler can put them into the loop over the batch.
///
/// Order:     each input's records of a key come in their order; between the inputs there is none. What has to wait for
///            the other side is kept in state.
/// Time:      the watermark is the smaller one of the two inputs'; an idle input does not count.
/// Threading: one subtask; no locks are needed.
/// Errors:    an exception ends the attempt; the job restarts from its last checkpoint.
/// Source:    Flink, KeyedCoProcessFunction.
template <class K, class First, class Second, class Out>
class keyed_co_process : public state_owner {
 public:
  using key_type = K;
  using first_type = First;
  using second_type = Second;
  using output_type = Out;
  using context = keyed_context<K>;

  keyed_co_process()
      : state_owner(state_layout{sizeof(K), alignof(K), state_operations_of<K>(), codec<K>::schema_of()}) {}
  virtual ~keyed_co_process() = default;

  virtual void process_first(const First& record, context& ctx, output<Out>& out) = 0;
  virtual void process_second(const Second& record, context& ctx, output<Out>& out) = 0;
  virtual void on_timer(const timer& t, context& ctx, output<Out>& out) {
    static_cast<void>(t), static_cast<void>(ctx), static_cast<void>(out);
  }
};

/// Hosts a keyed function F with two inputs. The keys extract K from the first and the second input's records; the
/// batches' hash columns are already set.
template <class F, class FirstKey, class SecondKey>
class keyed_co_process_operator final : private function_holder<F>, public keyed_operator {
  using K = typename F::key_type;
  using First = typename F::first_type;
  using Second = typename F::second_type;
  using Out = typename F::output_type;
  using base = keyed_co_process<K, First, Second, Out>;
  using function_holder<F>::function_;

 public:
  template <class... Args>
  keyed_co_process_operator(FirstKey first_key, SecondKey second_key, Args&&... args)
      : function_holder<F>(std::forward<Args>(args)...),
        keyed_operator(function_, timer_use::some, &keyed_table::read_key<K>),
        context_(runtime_),
        first_key_(std::move(first_key)),
        second_key_(std::move(second_key)) {}

  void process(std::uint32_t input, batch_ptr& b) override {
    if (input == 0)
      process_all(static_cast<batch<First>&>(*b), first_key_, [this](const First& record) {
        if constexpr (requires { function_.F::process_first(record, context_, out_); })
          function_.F::process_first(record, context_, out_);
        else
          static_cast<base&>(function_).process_first(record, context_, out_);
      });
    else
      process_all(static_cast<batch<Second>&>(*b), second_key_, [this](const Second& record) {
        if constexpr (requires { function_.F::process_second(record, context_, out_); })
          function_.F::process_second(record, context_, out_);
        else
          static_cast<base&>(function_).process_second(record, context_, out_);
      });
  }

 private:
  template <class In, class Key, class Call>
  void process_all(batch<In>& in, const Key& key, const Call& call) {
    for_each_with_key<K>(in, key, [this, &call](const In& record, std::int64_t time) {
      out_.set_time(time);
      call(record);
    });
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
  [[no_unique_address]] FirstKey first_key_;
  [[no_unique_address]] SecondKey second_key_;
  output<Out> out_;
};

}  // namespace leat
