#include <leat/operators/split_source.hpp>

#include <algorithm>

#include <leat/core/operator_failure.hpp>

namespace leat {

result<void> split_source_base::open(const operator_context& context, std::span<output_port* const> outputs) {
  context_ = {context.uid, context.subtask, context.parallelism, context.files, context.time};
  port_ = outputs[0];
  batch_ = make_batch(context.batch_records_max);
  return {};
}

poll_result split_source_base::poll() {
  poll_result result{poll_result::state::finished, processing_time::max()};
  const bool ordered = connector_->ordered();
  for (std::size_t tried = 0; tried < being_read(); ++tried) {
    if (turn_ >= being_read()) turn_ = 0;
    const bool wait = too_far_ahead(*open_[turn_]);
    const read_result r = wait ? read_result{read_result::state::waiting, processing_time::max()} : read(*open_[turn_]);
    if (r.next == read_result::state::finished) {
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(turn_));
    } else if (r.next == read_result::state::waiting) {
      result.next = poll_result::state::waiting;
      result.until = std::min(result.until, r.until);
      if (ordered) break;
      ++turn_;
      continue;
    } else if (!ordered) {
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

bool split_source_base::advance_processing_time(processing_time, std::size_t) {
  if (!ended_) advance();
  return true;
}

std::optional<processing_time> split_source_base::next_processing_time() const {
  const auto interval = ended_ || !strategy_ ? std::nullopt : strategy_->clock_interval();
  return interval ? std::optional{checked_ + *interval} : std::nullopt;
}

void split_source_base::begin_snapshot(checkpoint_id, snapshot_kind, snapshot_sink& to) {
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

result<void> split_source_base::restore(chunk_kind, std::string_view bytes, const operator_schema&) {
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

result<void> split_source_base::restored(std::optional<checkpoint_id> from) {
  LEAT_TRY(splits, connector_->splits(context_));
  if (from) LEAT_CHECK(check_forgotten(splits));
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
    open_.push_back(std::make_unique<open_split>(splits[i],
                                                 known == restored_.end() ? std::string{} : known->second.position,
                                                 strategy_.value_or(no_watermarks()), make_generator()));
  }
  restored_.clear();
  return {};
}

std::optional<double> split_source_base::progress() const {
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

operator_gauges split_source_base::gauges() const {
  operator_gauges g;
  g.dropped_records = skipped_;
  for (const auto& s : open_)
    if (s->reader) g.dropped_records += s->reader->skipped();
  return g;
}

/// Tells a quarter of the lead ahead of time, so that the others need not stop while this one goes on.
std::optional<pace_report> split_source_base::take_pace_report() {
  if (!strategy_ || !strategy_->pace()) return std::nullopt;
  const pace_report now{ended_ || idle_ ? std::nullopt : std::optional{pushed_}};
  if (now == told_) return std::nullopt;
  const duration step = strategy_->pace()->max_lead / 4;
  if (now.reached && told_.reached && now.reached->at < told_.reached->at + step) return std::nullopt;
  return told_ = now;
}

/// Whether the group must come closer before this split is read on.
bool split_source_base::too_far_ahead(const open_split& s) const {
  if (!strategy_ || !strategy_->pace()) return false;
  const watermark reached = s.generator.last();
  return reached != watermark::none() && reached.at > slowest_.at + strategy_->pace()->max_lead;
}

/// How many of the open splits are being read now; they come first.
std::size_t split_source_base::being_read() const {
  return std::min(open_.size(), connector_->ordered() ? std::size_t{1} : splits_at_once);
}

/// A split that was being read and is not listed any more must not vanish silently; a finished one may.
result<void> split_source_base::check_forgotten(const std::vector<source_split>& listed) {
  for (const auto& [id, p] : restored_) {
    const bool there = std::any_of(listed.begin(), listed.end(), [&](const source_split& s) { return s.id == id; });
    if (!there && !p.done)
      return error{errc::not_found, "source '" + context_.uid + "': '" + id +
                                        "' was being read when the checkpoint was taken and is not there any more; put "
                                        "it back, or start with another state directory"};
  }
  return {};
}

read_result split_source_base::read(open_split& s) {
  if (!s.reader) {
    auto reader = open_reader(s.split, s.start, context_);
    if (!reader) throw operator_failure{std::move(reader).error()};
    s.reader = *std::move(reader);
  }
  auto r = read_records(*s.reader, *batch_);
  if (!r) throw operator_failure{std::move(r).error()};
  if (r->next == read_result::state::finished) {
    skipped_ += s.reader->skipped();
    finished_.emplace(s.split.id, s.reader->position());
  }
  if (batch_->empty()) return *r;
  if (strategy_) {
    s.generator.observe(extract_times(*batch_));
    if (s.custom) look_at(*s.custom, *batch_, s.generator);
  }
  port_->push(batch_);
  return *r;
}

/// The watermark and status over all open splits.
void split_source_base::advance() {
  if (!strategy_) return;
  checked_ = strategy_->clock_interval() ? context_.time->now() : processing_time{0};
  watermark least = watermark::end();
  bool any_active = false;
  for (std::size_t i = 0; i < being_read(); ++i) {
    auto& s = open_[i];
    if (too_far_ahead(*s)) s->generator.hold();
    if (s->custom) s->custom->look_at_clock(checked_, s->generator);
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

}  // namespace leat
