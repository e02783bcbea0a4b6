#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/leat.hpp>

namespace fraud {

/// How fast recorded transactions are replayed: `max`, or how many times as fast as they happened.
struct replay_speed {
  std::optional<double> factor;  ///< empty: as fast as possible
};

/// An option's text: "max" or a number above 0.
std::optional<std::string> parse_option(std::string_view text, replay_speed& value);

/// A source that hands on the records of another as time passes: a record that happened s seconds
/// after the first one comes s / factor seconds after it. The first one is that of a split, or the
/// first after a restart. Records must lie in event-time order in their split; one that does not is
/// handed on at once.
template <class Source>
class paced_source final : public leat::source_connector<typename Source::record_type> {
 public:
  using T = typename Source::record_type;
  using time_of = leat::event_time T::*;

  /// Requires: factor > 0.
  paced_source(Source source, time_of at, double factor) : source_(std::move(source)), at_(at), factor_(factor) {}

  leat::result<std::vector<leat::source_split>> splits(const leat::connector_context& context) const override {
    return source_.splits(context);
  }
  leat::result<std::unique_ptr<leat::split_reader<T>>> open(const leat::source_split& split, std::string_view position,
                                                            const leat::connector_context& context) const override {
    LEAT_TRY(reader, source_.open(split, position, context));
    return std::unique_ptr<leat::split_reader<T>>(
        std::make_unique<paced_reader>(std::move(reader), at_, factor_, *context.time));
  }
  [[nodiscard]] bool ordered() const override { return source_.ordered(); }
  [[nodiscard]] bool blocking() const override { return source_.blocking(); }

 private:
  class paced_reader final : public leat::split_reader<T> {
   public:
    paced_reader(std::unique_ptr<leat::split_reader<T>> reader, time_of at, double factor, const leat::clock& time)
        : reader_(std::move(reader)), at_(at), factor_(factor), time_(&time) {}

    leat::result<leat::read_result> read(leat::batch<T>& to) override {
      using state = leat::read_result::state;
      while (!to.full()) {
        if (next_.empty()) {
          // Where the record begins that is held back: a checkpoint must not cover it yet.
          before_next_ = reader_->position();
          LEAT_TRY(r, reader_->read(next_));
          last_ = r;
          if (next_.empty()) return r;
        }
        const leat::processing_time due = due_at(next_.values()[0].*at_);
        if (due > time_->now())
          return to.empty() ? leat::read_result{state::waiting, due} : leat::read_result{state::more, {}};
        to.push(std::move(next_.values()[0]), next_.times()[0]);
        next_.clear();
        if (last_.next != state::more) return std::exchange(last_, {});
      }
      return leat::read_result{state::more, {}};
    }

    [[nodiscard]] std::string position() const override { return next_.empty() ? reader_->position() : before_next_; }
    [[nodiscard]] std::optional<double> progress() const override { return reader_->progress(); }
    [[nodiscard]] std::uint64_t skipped() const override { return reader_->skipped(); }

   private:
    leat::processing_time due_at(leat::event_time at) {
      if (!first_) first_ = {at, time_->now()};
      const auto& [event, processing] = *first_;
      const double passed_ms = static_cast<double>((at - event).count()) / factor_;
      return processing + leat::duration{std::llround(std::min(passed_ms, 1e15))};
    }

    std::unique_ptr<leat::split_reader<T>> reader_;
    time_of at_;
    double factor_;
    const leat::clock* time_;
    std::optional<std::pair<leat::event_time, leat::processing_time>> first_;
    leat::batch<T> next_{1};
    leat::read_result last_;
    std::string before_next_;
  };

  Source source_;
  time_of at_;
  double factor_;
};

}  // namespace fraud
