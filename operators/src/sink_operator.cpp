#include <leat/operators/sink_operator.hpp>

namespace leat {

result<void> sink_operator_base::open(const operator_context& context, std::span<output_port* const>) {
  context_ = {context.uid, context.subtask, context.parallelism, context.files, context.time};
  return open_writer(context_);
}

void sink_operator_base::begin_snapshot(checkpoint_id id, snapshot_kind, snapshot_sink& to) {
  auto token = writer().prepare(id);
  if (!token) throw operator_failure{std::move(token).error()};
  if (!token->empty()) pending_.push_back({id, *std::move(token)});
  chunk_builder chunk{to, chunk_kind::operator_state};
  for (const auto& p : pending_) {
    encoder& e = chunk.begin();
    e.put_array(2);
    e.put_unsigned(context_.subtask.value());
    e.put_string(p.token);
    chunk.end();
  }
  chunk.flush();
}

void sink_operator_base::checkpoint_completed(checkpoint_id id) {
  for (const auto& p : pending_)
    if (p.id <= id) require(writer().commit(p.token));
  std::erase_if(pending_, [id](const prepared& p) { return p.id <= id; });
}

result<void> sink_operator_base::restore(chunk_kind, std::string_view bytes, const operator_schema&) {
  decoder d{bytes};
  while (!d.at_end()) {
    if (d.take_array() != 2) d.fail("prepared output must have two parts");
    const auto preparer = static_cast<std::uint32_t>(d.take_unsigned(0xFFFFFFFFU));
    std::string token{d.take_string()};
    if (!d.failed() && preparer % context_.parallelism == context_.subtask.value())
      restored_.push_back({subtask_index{preparer}, std::move(token)});
  }
  if (d.failed()) return error{errc::corrupt, "sink '" + context_.uid + "': " + d.failure()};
  return {};
}

result<void> sink_operator_base::restored(std::optional<checkpoint_id> from) {
  LEAT_CHECK(writer().recover(from, restored_));
  restored_.clear();
  return {};
}

}  // namespace leat
