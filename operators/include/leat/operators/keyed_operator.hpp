#pragma once

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include <leat/core/batch.hpp>
#include <leat/operators/keyed_runtime.hpp>

namespace leat {

/// What all operators on keyed streams share: state and timers of a state_owner, their snapshots, the progress of time.
/// A derived class processes records, fires timers and owns the output.
class keyed_operator : public stream_operator, private timer_target {
 public:
  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override;

  bool advance_watermark(watermark w, std::size_t budget) override;
  void change_status(stream_status s) override { port_->push_status(s); }
  bool advance_processing_time(processing_time now, std::size_t budget) final;
  [[nodiscard]] std::optional<processing_time> next_processing_time() const final;

  [[nodiscard]] operator_schema stored() const override;
  void begin_snapshot(checkpoint_id id, snapshot_kind kind, snapshot_sink& to) override;
  [[nodiscard]] bool drain_snapshot(std::size_t budget) final;
  void abandon_snapshot() final;
  result<void> restore(chunk_kind kind, std::string_view bytes, const operator_schema& schema) override;
  result<void> restored(std::optional<checkpoint_id> from) final;
  [[nodiscard]] operator_gauges gauges() const override;

 protected:
  struct nothing_to_fetch {};

  /// `read_key` is keyed_table::read_key of the owner's key type. The owner outlives the operator.
  keyed_operator(state_owner& owner, timer_use timers, keyed_table::key_reader read_key)
      : runtime_(owner, timers), read_key_(read_key) {}

  /// Connects the main output; batch_records_max as in the operator_context.
  virtual void open_output(output_port& port, std::size_t batch_records_max) = 0;
  virtual void flush_output() = 0;

  /// Ends a batch or a round of firing: no key is current, everything emitted is handed on.
  void finish() {
    runtime_.end();
    flush_output();
    runtime_.sides().flush();
  }

  /// Calls `process(record, event time in ms)` for each record of a batch, with its key current. `key` is
  /// (const In&) → const K&; the batch's hash column is already set. `fetch(slot)` is called a few records ahead with
  /// what is most likely the slot of the key, to fetch what that points to.
  template <class K, class In, class Key, class Process, class Fetch = nothing_to_fetch>
  void for_each_with_key(batch<In>& in, const Key& key, Process&& process, Fetch&& fetch = {}) {
    runtime_.begin();
    const std::size_t count = in.size();
    const std::uint32_t* hashes = in.hashes();
    const std::int64_t* times = in.times();
    const In* values = in.values();
    keyed_table& table = runtime_.table();
    // Slots are looked up twice: `ahead` records early, to fetch their cache lines, and when it is their turn.
    std::array<slot_header*, 2 * ahead> homes;
    const auto look_ahead = [&](std::size_t i) {
      slot_header* const home = table.home(hashes[i]);
      table.prefetch(home);
      homes[i % homes.size()] = home;
    };
    for (std::size_t i = 0; i < std::min(count, ahead); ++i) look_ahead(i);
    std::uint64_t generation = table.generation();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + ahead < count) look_ahead(i + ahead);
      if constexpr (!std::is_same_v<std::decay_t<Fetch>, nothing_to_fetch>)
        if (i + fetch_ahead < count)
          if (const slot_header* s = homes[(i + fetch_ahead) % homes.size()]; s->hash == hashes[i + fetch_ahead])
            fetch(s);
      const K& k = key(values[i]);
      runtime_.select(table.find_or_insert(homes[i % homes.size()], hashes[i], k), times[i]);
      if (generation != table.generation()) [[unlikely]] {
        generation = table.generation();
        for (std::size_t j = i + 1; j < std::min(count, i + 1 + ahead); ++j) look_ahead(j);
      }
      process(values[i], times[i]);
    }
  }

  keyed_runtime runtime_;
  output_port* port_ = nullptr;

 private:
  static constexpr std::size_t ahead = 32;        ///< records whose slots are on their way from memory
  static constexpr std::size_t fetch_ahead = 12;  ///< records for which what slots point to is

  keyed_table::key_reader read_key_;
};

/// A base that holds a function, so that it is made before the operator that needs it and destroyed after it.
template <class F>
class function_holder {
 protected:
  template <class... Args>
  explicit function_holder(Args&&... args) : function_(std::forward<Args>(args)...) {}
  F function_;
};

}  // namespace leat
