#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include <leat/operators/output.hpp>

namespace leat {

/// The side outputs of one operator, found by tag. Records for a tag that nothing listens to are dropped.
/// Threading: one subtask.
class side_outputs {
 public:
  /// `ports[0]` is the main output and not among them. Names and ports outlive this object.
  void open(std::span<const std::string> names, std::span<output_port* const> ports, std::size_t batch_records_max);

  template <class T>
  void emit(const output_tag<T>& tag, T value, std::int64_t time) {
    for (auto& o : outputs_) {
      if (o.name != tag.name) continue;
      if (!o.to) o.to = std::make_unique<typed<T>>(*o.port, batch_records_max_);
      auto* to = dynamic_cast<typed<T>*>(o.to.get());
      LEAT_ASSERT(to != nullptr, "two output tags have the same name and different record types");
      to->out.set_time(time);
      to->out.emit(std::move(value));
      return;
    }
  }

  void flush();

 private:
  struct any {
    virtual ~any() = default;
    virtual void flush() = 0;
  };
  template <class T>
  struct typed final : any {
    typed(output_port& port, std::size_t records_max) {
      out.open(port, records_max != 0 ? records_max : batch_capacity_for(sizeof(T)));
    }
    void flush() override { out.flush(); }
    output<T> out;
  };
  struct entry {
    std::string_view name;
    output_port* port;
    std::unique_ptr<any> to;
  };
  std::vector<entry> outputs_;
  std::size_t batch_records_max_ = 0;
};

}  // namespace leat
