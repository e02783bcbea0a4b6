#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/codec.hpp>
#include <leat/core/connector.hpp>

namespace leat {

namespace generation {

/// What a generating function yields: T from both T and std::optional<T>.
template <class R>
struct yield {
  using type = R;
  static constexpr bool may_end = false;
};
template <class T>
struct yield<std::optional<T>> {
  using type = T;
  static constexpr bool may_end = true;
};

/// How many records are due at a moment, given a rate. Open loop: what was missed while the job was held up comes at
/// once afterwards, so that the average keeps.
class pace {
 public:
  /// `per_second` 0: as fast as possible.
  pace(double per_second, const clock* time)
      : per_second_(per_second),
        time_(time),
        start_(per_second > 0 ? time->monotonic() : std::chrono::nanoseconds{0}) {}

  /// Records that may be made now beyond the `made` so far.
  [[nodiscard]] std::uint64_t due(std::uint64_t made) const {
    if (per_second_ <= 0) return std::numeric_limits<std::uint64_t>::max();
    const double allowed = std::floor(elapsed_ns() * per_second_ / 1e9) + 1;  // the first one is due at once
    return allowed <= static_cast<double>(made) ? 0 : static_cast<std::uint64_t>(allowed) - made;
  }
  /// When the record after `made` others is due: in whole ms, never too early, always later than now.
  [[nodiscard]] processing_time next(std::uint64_t made) const {
    const double wait_ms = (std::ceil(static_cast<double>(made) * 1e9 / per_second_) - elapsed_ns()) / 1e6;
    return time_->now() + duration{static_cast<std::int64_t>(std::max(std::ceil(wait_ms), 1.0))};
  }

 private:
  [[nodiscard]] double elapsed_ns() const { return static_cast<double>((time_->monotonic() - start_).count()); }

  double per_second_;
  const clock* time_;
  std::chrono::nanoseconds start_;
};

/// The position of a generator: how many records it has made, and the state after them.
template <class State>
struct progress {
  std::uint64_t count = 0;
  State state{};
};

}  // namespace generation

/// Makes the records of one split of a generator.
template <class T, class State, class Function>
class generator_reader final : public split_reader<T> {
 public:
  generator_reader(generation::progress<State> start, std::optional<std::uint64_t> limit, generation::pace pace,
                   Function function)
      : at_(std::move(start)), limit_(limit), pace_(pace), function_(std::move(function)) {}

  result<read_result> read(batch<T>& to) override {
    const std::uint64_t due = pace_.due(made_);
    const std::uint64_t left = limit_ ? *limit_ - at_.count : std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t room = to.capacity() - to.size();
    const auto wanted = static_cast<std::size_t>(std::min({due, left, room}));
    const std::size_t made = make(to, wanted);
    at_.count += made;
    made_ += made;
    if (made < wanted || (limit_ && at_.count == *limit_)) return read_result{read_result::state::finished, {}};
    if (due <= room && made == due) return read_result{read_result::state::waiting, pace_.next(made_)};
    return read_result{read_result::state::more, {}};
  }

  [[nodiscard]] std::string position() const override {
    encoder e;
    e.put_array(2);
    e.put_unsigned(at_.count);
    codec<State>::write(e, at_.state);
    return e.take();
  }

  [[nodiscard]] std::optional<double> progress() const override {
    if (!limit_) return std::nullopt;
    return *limit_ == 0 ? 1.0 : static_cast<double>(at_.count) / static_cast<double>(*limit_);
  }

 private:
  std::size_t make(batch<T>& to, std::size_t wanted) {
    const std::size_t first = to.size();
    T* const values = to.values() + first;
    std::size_t made = 0;
    State state = std::move(at_.state);  // a local: the compiler knows that no record overlaps it
    for (; made < wanted; ++made) {
      if constexpr (generation::yield<std::invoke_result_t<const Function&, State&>>::may_end) {
        auto record = function_(state);
        if (!record) break;
        values[made] = *std::move(record);
      } else {
        values[made] = function_(state);
      }
    }
    at_.state = std::move(state);
    std::fill_n(to.times() + first, made, no_event_time);
    to.resize(first + made);
    return made;
  }

  generation::progress<State> at_;
  std::optional<std::uint64_t> limit_;
  generation::pace pace_;
  std::uint64_t made_ = 0;  ///< since this start
  const Function function_;
};

/// A source that calls a function for its records; made by generate(). Copyable; the fluent members change this object
/// and return it.
template <class State, class Function>
class generator_source final
    : public source_connector<typename generation::yield<std::invoke_result_t<const Function&, State&>>::type> {
 public:
  using record = typename generation::yield<std::invoke_result_t<const Function&, State&>>::type;

  generator_source(State initial, Function function)
      : initial_([initial = std::move(initial)](std::uint32_t) { return initial; }), function_(std::move(function)) {
    require_codec<State>();
  }

  /// Ends after so many records, over all splits.
  generator_source& limit(std::uint64_t records) {
    limit_ = records;
    return *this;
  }
  /// Makes this many records a second, over all splits. Records that were held up are made up for. Requires: > 0.
  generator_source& rate(double records_per_second) {
    LEAT_ASSERT(records_per_second > 0, "a rate is positive");
    rate_ = records_per_second;
    return *this;
  }
  /// Generates in `count` splits side by side, each with a state of its own: `initial(split index)`. Requires: > 0.
  generator_source& splits(std::uint32_t count, std::function<State(std::uint32_t)> initial) {
    LEAT_ASSERT(count > 0, "a generator has a split");
    count_ = count;
    initial_ = std::move(initial);
    return *this;
  }

  result<std::vector<source_split>> splits(const connector_context&) const override {
    std::vector<source_split> all;
    for (std::uint32_t i = 0; i < count_; ++i) all.push_back({std::to_string(i)});
    return all;
  }

  result<std::unique_ptr<split_reader<record>>> open(const source_split& split, std::string_view position,
                                                     const connector_context& context) const override {
    for (std::uint32_t index = 0; index < count_; ++index)
      if (split.id == std::to_string(index)) return open(index, position, context);
    return error{errc::not_found, context.uid + ": the generator has no split \"" + split.id + "\""};
  }

 private:
  result<std::unique_ptr<split_reader<record>>> open(std::uint32_t index, std::string_view position,
                                                     const connector_context& context) const {
    generation::progress<State> start{0, initial_(index)};
    if (!position.empty()) {
      decoder d(position);
      if (d.take_array() != 2) d.fail("two parts were expected");
      start.count = d.take_unsigned(std::numeric_limits<std::uint64_t>::max());
      codec<State>::read(d, start.state, codec<State>::schema_of());
      if (d.failed())
        return error{errc::incompatible,
                     context.uid + ": the stored position is not one of this generator: " + d.failure()};
    }
    std::optional<std::uint64_t> share;
    if (limit_) share = std::max(start.count, *limit_ / count_ + (index < *limit_ % count_ ? 1 : 0));
    return std::unique_ptr<split_reader<record>>(std::make_unique<generator_reader<record, State, Function>>(
        std::move(start), share, generation::pace(rate_ / count_, context.time), function_));
  }

  std::function<State(std::uint32_t)> initial_;
  Function function_;
  std::uint32_t count_ = 1;
  std::optional<std::uint64_t> limit_;
  double rate_ = 0;
};

/// A source calling `function(state)` for each record. The function returns the record, or an optional of it that is
/// empty at the end. All that changes from call to call must be in the state: it is the position, stored with every
/// checkpoint, so it needs a codec and should be small. The function is copied for each split.
///
///     leat::generate(std::uint64_t{0}, [](std::uint64_t& n) { return reading{n++ % 100, 1.0}; }).limit(1'000'000)
template <class State, class Function>
[[nodiscard]] generator_source<State, Function> generate(State initial, Function function) {
  static_assert(std::invocable<const Function&, State&>,
                "leat: a generator's function is called as function(state) with a State&, and may not be mutable: what "
                "changes belongs to the state");
  return {std::move(initial), std::move(function)};
}

}  // namespace leat
