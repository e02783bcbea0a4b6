#include <leat/operators/side_outputs.hpp>

namespace leat {

void side_outputs::open(std::span<const std::string> names, std::span<output_port* const> ports,
                        std::size_t batch_records_max) {
  batch_records_max_ = batch_records_max;
  for (std::size_t i = 0; i < names.size(); ++i) outputs_.push_back({names[i], ports[i + 1], nullptr});
}

void side_outputs::flush() {
  for (auto& o : outputs_)
    if (o.to) o.to->flush();
}

}  // namespace leat
