#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/core/codec.hpp>
#include <leat/core/connector.hpp>

namespace leat {

/// A source over records in memory, in their order; made by from_collection(). Copies share the records.
template <class T>
class collection_source final : public source_connector<T> {
 public:
  collection_source(std::vector<T> values, std::vector<event_time> times)
      : records_(std::make_shared<const records>(records{std::move(values), std::move(times)})) {
    LEAT_ASSERT(records_->times.empty() || records_->times.size() == records_->values.size(),
                "a collection has an event time for every record or for none");
  }

  result<std::vector<source_split>> splits(const connector_context&) const override {
    return std::vector<source_split>{{"collection"}};
  }

  result<std::unique_ptr<split_reader<T>>> open(const source_split&, std::string_view position,
                                                const connector_context& context) const override {
    std::size_t next = 0;
    if (!position.empty()) {
      decoder d(position);
      next = static_cast<std::size_t>(d.take_unsigned(std::numeric_limits<std::uint64_t>::max()));
      if (d.failed() || next > records_->values.size())
        return error{errc::incompatible, context.uid + ": the stored position is not one of this collection of " +
                                             std::to_string(records_->values.size()) + " records"};
    }
    return std::unique_ptr<split_reader<T>>(std::make_unique<reader>(records_, next));
  }

 private:
  struct records {
    std::vector<T> values;
    std::vector<event_time> times;
  };

  class reader final : public split_reader<T> {
   public:
    reader(std::shared_ptr<const records> from, std::size_t next) : from_(std::move(from)), next_(next) {}

    result<read_result> read(batch<T>& to) override {
      const std::size_t count = std::min(to.capacity() - to.size(), from_->values.size() - next_);
      for (const std::size_t end = next_ + count; next_ < end; ++next_)
        to.push(from_->values[next_], from_->times.empty() ? no_event_time : from_->times[next_].ms());
      const bool at_end = next_ == from_->values.size();
      return read_result{at_end ? read_result::state::finished : read_result::state::more, {}};
    }
    [[nodiscard]] std::string position() const override {
      encoder e;
      e.put_unsigned(next_);
      return e.take();
    }
    [[nodiscard]] std::optional<double> progress() const override {
      const auto size = static_cast<double>(from_->values.size());
      return size == 0 ? 1.0 : static_cast<double>(next_) / size;
    }

   private:
    std::shared_ptr<const records> from_;
    std::size_t next_;
  };

  std::shared_ptr<const records> records_;
};

/// A source over `values`, with an event time for each or none: `leat::from_collection(std::vector{1, 2, 3})`.
template <class T>
[[nodiscard]] collection_source<T> from_collection(std::vector<T> values, std::vector<event_time> times = {}) {
  return {std::move(values), std::move(times)};
}

}  // namespace leat
