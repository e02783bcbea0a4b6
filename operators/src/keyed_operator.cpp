#include <leat/operators/keyed_operator.hpp>

namespace leat {

result<void> keyed_operator::open(const operator_context& context, std::span<output_port* const> outputs) {
  runtime_.open(context, outputs);
  port_ = outputs[0];
  open_output(*port_, context.batch_records_max);
  return {};
}

bool keyed_operator::advance_watermark(watermark w, std::size_t budget) {
  const bool done = runtime_.advance_watermark(w, budget, *this);
  finish();
  if (done) port_->push_watermark(w);
  return done;
}

bool keyed_operator::advance_processing_time(processing_time now, std::size_t budget) {
  const bool done = runtime_.advance_processing_time(now, budget, *this);
  finish();
  return done;
}

std::optional<processing_time> keyed_operator::next_processing_time() const { return runtime_.next_processing_time(); }

operator_schema keyed_operator::stored() const { return runtime_.stored(); }

void keyed_operator::begin_snapshot(checkpoint_id, snapshot_kind kind, snapshot_sink& to) {
  runtime_.begin();
  runtime_.table().begin_capture(kind, to);
}

bool keyed_operator::drain_snapshot(std::size_t budget) { return runtime_.table().drain(budget); }

void keyed_operator::abandon_snapshot() { runtime_.table().abandon_capture(); }

result<void> keyed_operator::restore(chunk_kind kind, std::string_view bytes, const operator_schema& schema) {
  if (kind != chunk_kind::keyed) return stream_operator::restore(kind, bytes, schema);
  return runtime_.restore(bytes, schema, read_key_);
}

result<void> keyed_operator::restored(std::optional<checkpoint_id>) {
  runtime_.restored();
  return {};
}

operator_gauges keyed_operator::gauges() const { return runtime_.gauges(); }

}  // namespace leat
