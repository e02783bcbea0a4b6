#include <leat/core/stream_operator.hpp>

namespace leat {

bool stream_operator::advance_processing_time(processing_time, std::size_t) { return true; }
std::optional<processing_time> stream_operator::next_processing_time() const { return std::nullopt; }
void stream_operator::resume() {}
bool stream_operator::ready() const { return true; }
operator_schema stream_operator::stored() const { return {}; }
void stream_operator::begin_snapshot(checkpoint_id, snapshot_kind, snapshot_sink&) {}
bool stream_operator::drain_snapshot(std::size_t) { return true; }
void stream_operator::abandon_snapshot() {}
void stream_operator::checkpoint_completed(checkpoint_id) {}

result<void> stream_operator::restore(chunk_kind, std::string_view, const operator_schema& schema) {
  return error{errc::incompatible, "the checkpoint holds state of operator '" + schema.uid +
                                       "', which stores nothing in this version of the application"};
}

result<void> stream_operator::restored(std::optional<checkpoint_id>) { return {}; }
operator_gauges stream_operator::gauges() const { return {}; }

std::optional<pace_report> source_operator::take_pace_report() { return std::nullopt; }
void source_operator::keep_pace(watermark slowest) { static_cast<void>(slowest); }

void source_operator::process(std::uint32_t, batch_ptr&) { LEAT_ASSERT(false, "a source has no input"); }

}  // namespace leat
