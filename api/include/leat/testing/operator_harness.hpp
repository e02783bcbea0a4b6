#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <leat/core/clock.hpp>
#include <leat/core/file_system.hpp>
#include <leat/core/hash.hpp>
#include <leat/core/key_group.hpp>
#include <leat/core/operator_failure.hpp>
#include <leat/core/stream_operator.hpp>
#include <leat/operators/output.hpp>
#include <leat/state/key_text.hpp>

namespace leat {

/// A record as it came out of an operator under test.
template <class T>
struct emitted {
  T value;
  std::optional<event_time> at;
};

/// What an operator under test has put out, in order.
template <class T>
using output_element = std::variant<emitted<T>, watermark, stream_status>;

/// Stands for the record type of an operator with two inputs: `operator_harness<two_inputs<order, payment>, paid>`.
template <class First, class Second>
struct two_inputs {
  std::variant<First, Second> record;
};

/// A type's batches, which a harness makes from the records it is given; returns the batch a record goes to.
template <class In>
struct harness_input {
  static std::uint32_t input_of(const In&) { return 0; }
  static batch_ptr make_batch(const In&, std::size_t capacity) { return std::make_shared<batch<In>>(capacity); }
  static void push(batch_base& b, In value, std::uint32_t hash, std::int64_t at_ms) {
    auto& typed = static_cast<batch<In>&>(b);
    typed.hashes()[typed.size()] = hash;
    typed.push(std::move(value), at_ms);
  }
};
template <class First, class Second>
struct harness_input<two_inputs<First, Second>> {
  using record = two_inputs<First, Second>;
  static std::uint32_t input_of(const record& r) { return static_cast<std::uint32_t>(r.record.index()); }
  static batch_ptr make_batch(const record& r, std::size_t capacity) {
    if (r.record.index() == 0) return std::make_shared<batch<First>>(capacity);
    return std::make_shared<batch<Second>>(capacity);
  }
  static void push(batch_base& b, record r, std::uint32_t hash, std::int64_t at_ms) {
    if (r.record.index() == 0)
      harness_input<First>::push(b, std::get<0>(std::move(r.record)), hash, at_ms);
    else
      harness_input<Second>::push(b, std::get<1>(std::move(r.record)), hash, at_ms);
  }
};

/// Runs one operator without actors, threads or disks: feed it records, watermarks and processing time, look at what
/// comes out, at side outputs, state and timers, snapshot and restore it between any two steps, also at another
/// parallelism.
///
/// Budget: `budget` is given to every call that may stop half-way, so a small one tests that it goes on rightly: 1 is an
///         output that takes one record and refuses the next until asked again.
/// Threading: one thread.
template <class In, class Out>
class operator_harness {
 public:
  struct settings {
    std::function<std::uint32_t(const In&)> hash;  ///< key hash of a record, for example key_hash<K>{}(record.key)
    std::uint32_t parallelism = 1;
    std::uint32_t max_parallelism = 128;
    std::size_t batch_records_max = 64;
    std::size_t budget = 1024;
    std::vector<std::string> side_outputs;
  };

  operator_harness(std::function<std::unique_ptr<stream_operator>()> make, settings s)
      : make_(std::move(make)), settings_(std::move(s)), files_(make_memory_file_system()) {
    start(settings_.parallelism);
  }

  /// Hands over one record, as a batch of its own.
  void process(In value, std::optional<event_time> at) { process_all({{std::move(value), at}}); }

  /// Hands over records in one batch per subtask, in this order; where the input changes, in a new one.
  void process_all(std::vector<std::pair<In, std::optional<event_time>>> records) {
    using input = harness_input<In>;
    std::vector<batch_ptr> batches(subtasks_.size());
    std::uint32_t current = 0;
    const auto hand_over = [&] {
      for (std::size_t i = 0; i < batches.size(); ++i)
        if (batches[i]) subtasks_[i]->op->process(current, batches[i]);
      batches.assign(subtasks_.size(), nullptr);
    };
    for (auto& [value, at] : records) {
      if (input::input_of(value) != current) hand_over();
      current = input::input_of(value);
      const std::uint32_t hash = settings_.hash ? settings_.hash(value) : 0;
      const auto owner =
          subtask_of(key_group_of(hash, settings_.max_parallelism), parallelism_, settings_.max_parallelism).value();
      if (!batches[owner]) batches[owner] = input::make_batch(value, records.size());
      input::push(*batches[owner], std::move(value), hash, at ? at->ms() : no_event_time);
    }
    hand_over();
  }
  /// Hands one record to every subtask, as a broadcast stream does.
  void process_everywhere(const In& value, std::optional<event_time> at) {
    using input = harness_input<In>;
    for (auto& s : subtasks_) {
      batch_ptr b = input::make_batch(value, 1);
      input::push(*b, value, 0, at ? at->ms() : no_event_time);
      s->op->process(input::input_of(value), b);
    }
  }

  /// An operator that is not ready for the watermark gets it once set_processing_time or resume has made it so.
  void advance_watermark(watermark w) {
    for (auto& s : subtasks_) {
      s->told = w;
      go_on(*s);
    }
  }
  /// Lets the operator take what other threads, or the test, have left for it: answers to calls out.
  void resume() {
    for (auto& s : subtasks_) {
      s->op->resume();
      go_on(*s);
    }
  }
  void change_status(stream_status status) {
    for (auto& s : subtasks_) s->op->change_status(status);
  }
  /// Sets the clock and fires what is due.
  void set_processing_time(processing_time t) {
    clock_.set(t);
    for (auto& s : subtasks_) {
      while (!s->op->advance_processing_time(t, settings_.budget)) {
      }
      go_on(*s);
    }
  }

  /// Takes a consistent snapshot, drops the operator and restores it with `parallelism` subtasks. The watermark starts
  /// anew, the clock goes on.
  void snapshot_and_restore(std::uint32_t parallelism) {
    const checkpoint_id id{++checkpoints_};
    std::vector<std::vector<kept_chunk>> kept;
    std::vector<operator_schema> schemas;
    for (auto& s : subtasks_) {
      take_snapshot(*s, id);
      kept.push_back(std::move(s->chunks));
      schemas.push_back(s->op->stored());
    }
    start(parallelism, [&](instance& s) {
      for (std::size_t i = 0; i < kept.size(); ++i)
        for (const auto& c : kept[i]) require(s.op->restore(c.kind, c.bytes, schemas[i]));
      require(s.op->restored(id));
    });
  }

  /// What has come out of all subtasks since the last call: each one's elements in order; of watermarks and statuses
  /// only the combined ones, behind the records.
  std::vector<output_element<Out>> take_output() {
    std::vector<output_element<Out>> all;
    watermark least = watermark::end();
    std::optional<stream_status> status;
    for (auto& s : retired_) {
      for (auto& e : s->elements)
        if (std::holds_alternative<emitted<Out>>(e)) all.push_back(std::move(e));
      s->elements.clear();
    }
    for (auto& s : subtasks_) {
      for (auto& e : s->elements) {
        if (const auto* w = std::get_if<watermark>(&e))
          s->last = std::max(s->last, *w);
        else if (const auto* changed = std::get_if<stream_status>(&e))
          status = *changed;
        else
          all.push_back(std::move(e));
      }
      s->elements.clear();
      least = std::min(least, s->last);
    }
    if (status) all.push_back(*status);
    if (least > reported_) all.push_back(reported_ = least);
    return all;
  }

  /// The records among take_output().
  std::vector<Out> take_values() {
    std::vector<Out> values;
    for (auto& e : take_output())
      if (auto* r = std::get_if<emitted<Out>>(&e)) values.push_back(std::move(r->value));
    return values;
  }

  /// The records that have come out for a tag since the last call; the tag's name is one of settings::side_outputs.
  template <class T>
  std::vector<emitted<T>> take_side(const output_tag<T>& tag) {
    std::vector<emitted<T>> all;
    const auto take = [&](instance& s) {
      for (auto& side : s.sides) {
        if (side->name != tag.name) continue;
        for (const auto& b : side->batches) {
          const auto* records = dynamic_cast<const batch<T>*>(b.get());
          LEAT_ASSERT(records != nullptr, "this side output has another record type");
          for (std::size_t i = 0; i < records->size(); ++i)
            all.push_back({records->values()[i], time_of(records->times()[i])});
        }
        side->batches.clear();
      }
    };
    for (auto& s : retired_) take(*s);
    for (auto& s : subtasks_) take(*s);
    return all;
  }

  /// All keyed state as text: key → name of a state → value. Timers are the state "timers".
  [[nodiscard]] key_texts state() {
    key_texts all;
    for (auto& s : subtasks_) {
      take_snapshot(*s, checkpoint_id{++checkpoints_});
      for (const auto& c : s->chunks)
        if (c.kind == chunk_kind::keyed) require(read_key_texts(c.bytes, s->op->stored(), all));
      s->chunks.clear();
    }
    return all;
  }

  [[nodiscard]] operator_gauges gauges() const {
    operator_gauges sum;
    for (const auto& s : subtasks_) {
      const operator_gauges g = s->op->gauges();
      sum.state_keys += g.state_keys;
      sum.state_bytes += g.state_bytes;
      sum.timers += g.timers;
      sum.late_records += g.late_records;
      sum.dropped_records += g.dropped_records;
    }
    return sum;
  }
  [[nodiscard]] stream_operator& operator_of(std::uint32_t subtask) { return *subtasks_[subtask]->op; }

 private:
  struct kept_chunk {
    chunk_kind kind;
    std::string bytes;
  };
  /// Keeps the batches of a side output, whatever their type.
  struct side_port final : output_port {
    explicit side_port(std::string n) : name(std::move(n)) {}
    void push(batch_ptr& b) override {
      batches.push_back(b->make_another(b->size()));
      batches.back()->append(*b, 0, b->size());
      b->clear();
    }
    void push_watermark(watermark) override {}
    void push_status(stream_status) override {}

    std::string name;
    std::vector<batch_ptr> batches;
  };
  struct instance final : output_port, snapshot_sink {
    void push(batch_ptr& b) override {
      auto& out = static_cast<batch<Out>&>(*b);
      for (std::size_t i = 0; i < out.size(); ++i)
        elements.push_back(emitted<Out>{out.values()[i], time_of(out.times()[i])});
      out.clear();
    }
    void push_watermark(watermark w) override { elements.push_back(w); }
    void push_status(stream_status s) override { elements.push_back(s); }
    void take(chunk_kind kind, std::string bytes) override { chunks.push_back({kind, std::move(bytes)}); }

    std::unique_ptr<stream_operator> op;
    std::vector<output_port*> ports;
    std::vector<std::unique_ptr<side_port>> sides;
    std::vector<output_element<Out>> elements;
    std::vector<kept_chunk> chunks;
    std::optional<watermark> told;  ///< and not dealt with to the end
    watermark last = watermark::none();
  };

  [[nodiscard]] static std::optional<event_time> time_of(std::int64_t ms) {
    return ms == no_event_time ? std::nullopt : std::optional{event_time{ms}};
  }

  void go_on(instance& s) {
    while (s.told && s.op->ready())
      if (s.op->advance_watermark(*s.told, settings_.budget)) s.told.reset();
  }

  void take_snapshot(instance& s, checkpoint_id id) {
    s.op->begin_snapshot(id, snapshot_kind::full, s);
    while (!s.op->drain_snapshot(settings_.budget)) {
    }
  }

  void start(std::uint32_t parallelism, const std::function<void(instance&)>& restore = {}) {
    std::vector<std::unique_ptr<instance>> fresh;
    for (std::uint32_t i = 0; i < parallelism; ++i) {
      auto s = std::make_unique<instance>();
      s->op = make_();
      s->ports.push_back(s.get());
      for (const auto& name : settings_.side_outputs)
        s->ports.push_back(s->sides.emplace_back(std::make_unique<side_port>(name)).get());
      operator_context context;
      context.uid = "under-test";
      context.subtask = subtask_index{i};
      context.parallelism = parallelism;
      context.max_parallelism = settings_.max_parallelism;
      context.groups = key_groups_of(subtask_index{i}, parallelism, settings_.max_parallelism);
      context.batch_records_max = settings_.batch_records_max;
      context.side_outputs = settings_.side_outputs;
      context.time = &clock_;
      context.files = files_.get();
      require(s->op->open(context, s->ports));
      if (restore)
        restore(*s);
      else
        require(s->op->restored(std::nullopt));
      s->op->resume();
      fresh.push_back(std::move(s));
    }
    for (auto& s : subtasks_) {
      s->op.reset();
      retired_.push_back(std::move(s));
    }
    std::erase_if(retired_, [](const auto& s) {
      return s->elements.empty() &&
             std::all_of(s->sides.begin(), s->sides.end(), [](const auto& side) { return side->batches.empty(); });
    });
    subtasks_ = std::move(fresh);
    parallelism_ = parallelism;
    reported_ = watermark::none();
  }

  std::function<std::unique_ptr<stream_operator>()> make_;
  settings settings_;
  manual_clock clock_;
  std::unique_ptr<file_system> files_;
  std::vector<std::unique_ptr<instance>> subtasks_;
  std::vector<std::unique_ptr<instance>> retired_;  ///< replaced in a restore, their output not taken yet
  std::uint32_t parallelism_ = 1;
  std::uint64_t checkpoints_ = 0;
  watermark reported_ = watermark::none();
};

}  // namespace leat
