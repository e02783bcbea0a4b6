#pragma once

#include <utility>

#include <leat/operators/output.hpp>
#include <leat/operators/stateless.hpp>

namespace leat {

/// Any number of records out for each record of either input: F is called with those of the first, G with those of the
/// second.
template <class First, class Second, class Out, class F, class G>
class co_flat_map_operator final : public stateless_operator {
 public:
  co_flat_map_operator(F f, G g) : f_(std::move(f)), g_(std::move(g)) {}

  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override {
    port_ = outputs[0];
    out_.open(*port_, context.batch_records_max != 0 ? context.batch_records_max : batch_capacity_for(sizeof(Out)));
    return {};
  }

  void process(std::uint32_t input, batch_ptr& b) override {
    if (input == 0)
      process_all(static_cast<batch<First>&>(*b), f_);
    else
      process_all(static_cast<batch<Second>&>(*b), g_);
  }

 private:
  template <class In, class Function>
  void process_all(batch<In>& in, Function& function) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      out_.set_time(in.times()[i]);
      function(std::as_const(in.values()[i]), out_);
    }
    in.clear();
    out_.flush();
  }

  F f_;
  G g_;
  output<Out> out_;
};

}  // namespace leat
