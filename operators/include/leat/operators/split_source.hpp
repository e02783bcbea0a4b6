#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <leat/core/connector.hpp>
#include <leat/core/operator_failure.hpp>
#include <leat/core/stream_operator.hpp>
#include <leat/operators/watermark_strategy.hpp>

namespace leat {

/// How records get their event times, and watermarks follow from them.
template <class T>
struct event_timing {
  /// Fills the times of `count` records and returns the newest, `no_event_time` for none; one call per batch.
  std::function<std::int64_t(const T* values, std::size_t count, std::int64_t* times)> extract;
  watermark_strategy strategy;
};

/// Reads the splits that fall to a subtask: up to 16 of them in turn, the others when one of these has ended; one after
/// the other where the connector is ordered. Each split that is being read has its own watermark generator; the source's
/// watermark is the minimum over those of them that are not idle.
template <class T>
class split_source final : public source_operator {
 public:
  split_source(std::shared_ptr<const source_connector<T>> connector, std::optional<event_timing<T>> timing)
      : connector_(std::move(connector)), timing_(std::move(timing)) {}

  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override {
    context_ = {context.uid, context.subtask, context.parallelism, context.files, context.time};
    port_ = outputs[0];
    const std::size_t capacity =
        context.batch_records_max != 0 ? context.batch_records_max : batch_capacity_for(sizeof(T));
    batch_ = std::make_shared<batch<T>>(capacity);
    return {};
  }

  poll_result poll() override {
    poll_result result{poll_result::state::finished, processing_time::max()};
    for (std::size_t tried = 0; tried < being_read(); ++tried) {
      if (turn_ >= being_read()) turn_ = 0;
      const read_result r = read(*open_[turn_]);
      if (r.next == read_result::state::finished) {
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(turn_));
      } else if (r.next == read_result::state::waiting) {
        result.next = poll_result::state::waiting;
        result.until = std::min(result.until, r.until);
        if (!connector_->ordered()) ++turn_;
        if (connector_->ordered()) break;
        continue;
      } else if (!connector_->ordered()) {
        ++turn_;
      }
      if (!open_.empty()) return advance(), poll_result{};
    }
    if (open_.empty()) {
      result.next = poll_result::state::finished;
      if (!ended_) port_->push_watermark(watermark::end());
      ended_ = true;
      return result;
    }
    advance();
    return result;
  }

  bool advance_processing_time(processing_time, std::size_t) override {
    if (!ended_) advance();
    return true;
  }
  [[nodiscard]] std::optional<processing_time> next_processing_time() const override {
    if (ended_ || !timing_ || !timing_->strategy.idle_timeout()) return std::nullopt;
    return checked_ + std::max(duration{1}, *timing_->strategy.idle_timeout() / 4);
  }

  void begin_snapshot(checkpoint_id, snapshot_kind, snapshot_sink& to) override {
    chunk_builder chunk{to, chunk_kind::operator_state};
    const auto write = [&chunk](const std::string& id, bool done, const std::string& position) {
      encoder& e = chunk.begin();
      e.put_array(3);
      e.put_string(id);
      e.put_bool(done);
      e.put_string(position);
      chunk.end();
    };
    for (const auto& [id, p] : finished_) write(id, true, p);
    for (const auto& s : open_) write(s->split.id, false, s->reader ? s->reader->position() : s->start);
    chunk.flush();
  }

  [[nodiscard]] operator_schema stored() const override { return {context_.uid, std::nullopt, {}}; }

  result<void> restore(chunk_kind, std::string_view bytes, const operator_schema&) override {
    decoder d{bytes};
    while (!d.at_end()) {
      if (d.take_array() != 3) d.fail("a split's position must have three parts");
      std::string id{d.take_string()};
      const bool done = d.take_bool();
      std::string position{d.take_string()};
      if (!d.failed()) restored_[std::move(id)] = {done, std::move(position)};
    }
    if (d.failed()) return error{errc::corrupt, "source '" + context_.uid + "': " + d.failure()};
    return {};
  }

  result<void> restored(std::optional<checkpoint_id> from) override {
    LEAT_TRY(splits, connector_->splits(context_));
    if (from) LEAT_CHECK(add_forgotten(splits));
    for (std::size_t i = 0; i < splits.size(); ++i) {
      const bool mine =
          connector_->ordered() ? context_.subtask.value() == 0 : i % context_.parallelism == context_.subtask.value();
      if (!mine) continue;
      const auto known = restored_.find(splits[i].id);
      ++own_count_;
      if (known != restored_.end() && known->second.done) {
        finished_.emplace(splits[i].id, known->second.position);
        continue;
      }
      open_.push_back(std::make_unique<open_split>(
          splits[i], known == restored_.end() ? std::string{} : known->second.position, strategy()));
    }
    restored_.clear();
    return {};
  }

  [[nodiscard]] std::optional<double> progress() const override {
    if (own_count_ == 0) return std::nullopt;
    double done = static_cast<double>(finished_.size());
    for (const auto& s : open_) {
      if (!s->reader) continue;
      const auto p = s->reader->progress();
      if (!p) return std::nullopt;
      done += *p;
    }
    return done / static_cast<double>(own_count_);
  }

  [[nodiscard]] operator_gauges gauges() const override {
    operator_gauges g;
    g.dropped_records = skipped_;
    for (const auto& s : open_)
      if (s->reader) g.dropped_records += s->reader->skipped();
    return g;
  }

 private:
  struct position_of_split {
    bool done = false;
    std::string position;
  };
  struct open_split {
    open_split(source_split s, std::string at, watermark_strategy w)
        : split(std::move(s)), start(std::move(at)), generator(w) {}
    source_split split;
    std::string start;
    watermark_generator generator;
    std::unique_ptr<split_reader<T>> reader;  ///< opened with the first read
  };

  static constexpr std::size_t splits_at_once = 16;

  /// How many of the open splits are being read now; they come first.
  [[nodiscard]] std::size_t being_read() const {
    return std::min(open_.size(), connector_->ordered() ? std::size_t{1} : splits_at_once);
  }
  [[nodiscard]] watermark_strategy strategy() const { return timing_ ? timing_->strategy : no_watermarks(); }

  /// A split that was being read and is not listed any more must not vanish silently; a finished one may.
  result<void> add_forgotten(const std::vector<source_split>& listed) {
    for (const auto& [id, p] : restored_) {
      const bool there = std::any_of(listed.begin(), listed.end(), [&](const source_split& s) { return s.id == id; });
      if (!there && !p.done)
        return error{errc::not_found,
                     "source '" + context_.uid + "': '" + id +
                         "' was being read when the checkpoint was taken and is not there any more; put "
                         "it back, or start with another state directory"};
    }
    return {};
  }

  read_result read(open_split& s) {
    if (!s.reader) {
      auto reader = connector_->open(s.split, s.start, context_);
      if (!reader) throw operator_failure{std::move(reader).error()};
      s.reader = *std::move(reader);
    }
    auto& b = static_cast<batch<T>&>(*batch_);
    auto r = s.reader->read(b);
    if (!r) throw operator_failure{std::move(r).error()};
    if (r->next == read_result::state::finished) {
      skipped_ += s.reader->skipped();
      finished_.emplace(s.split.id, s.reader->position());
    }
    if (b.empty()) return *r;
    if (timing_) {
      s.generator.observe(timing_->extract(b.values(), b.size(), b.times()));
    }
    port_->push(batch_);
    return *r;
  }

  /// The watermark and status over all open splits.
  void advance() {
    if (!timing_) return;
    checked_ = timing_->strategy.idle_timeout() ? context_.time->now() : processing_time{0};
    watermark least = watermark::end();
    bool any_active = false;
    for (std::size_t i = 0; i < being_read(); ++i) {
      auto& s = open_[i];
      s->generator.emit(checked_);
      if (s->generator.idle()) continue;
      any_active = true;
      least = std::min(least, s->generator.last());
    }
    if (!any_active) {
      if (!idle_ && !open_.empty()) port_->push_status(stream_status::idle);
      idle_ = !open_.empty();
      return;
    }
    if (idle_) port_->push_status(stream_status::active);
    idle_ = false;
    if (least <= pushed_) return;
    pushed_ = least;
    port_->push_watermark(least);
  }

  std::shared_ptr<const source_connector<T>> connector_;
  std::optional<event_timing<T>> timing_;
  connector_context context_;
  output_port* port_ = nullptr;
  batch_ptr batch_;
  std::vector<std::unique_ptr<open_split>> open_;
  std::map<std::string, std::string> finished_;  ///< of this subtask: split id → final position
  std::map<std::string, position_of_split> restored_;
  std::size_t own_count_ = 0;
  std::size_t turn_ = 0;
  std::uint64_t skipped_ = 0;
  watermark pushed_ = watermark::none();
  processing_time checked_{0};
  bool idle_ = false;
  bool ended_ = false;
};

}  // namespace leat
