#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <leat/core/operator_failure.hpp>
#include <leat/core/stream_operator.hpp>
#include <leat/operators/call_retries.hpp>
#include <leat/operators/completion.hpp>
#include <leat/operators/output.hpp>

namespace leat {

/// In which order results of calls out come.
enum class call_order : std::uint8_t {
  ordered,    ///< in the order of the records
  unordered,  ///< as answers come, but never across a watermark: records before it, then it, then records behind it
};

/// How calls out are made. Every limit is per subtask.
template <class In, class Out>
struct call_settings {
  call_order order = call_order::ordered;
  /// Records that are asked about, or whose results wait for their turn. When as many are, no more input is taken.
  std::size_t capacity = 100;
  /// For the answer to a record, from its first call on, retries and delays included. Empty: it is waited for.
  std::optional<duration> timeout = std::chrono::minutes{1};
  /// What stands for the results of a record without an answer in time; if there is none, the attempt ends.
  std::function<std::vector<Out>(const In&)> on_timeout{};
  call_retries retries = call_retries::none();
  /// Which failures are worth another call; all, if empty.
  std::function<bool(std::string_view why)> retry_failure{};
  /// Which results are not good enough, so that another call is made; none, if empty. The last attempt's are taken.
  std::function<bool(const std::vector<Out>&)> retry_results{};
};

/// Asks something outside about each record, many at a time, and emits what is answered with the record's event time.
/// F is (const In&, completion<Out>): it begins the call and returns.
///
/// Threading: F is called in the subtask's mailbox; answers come from any thread.
/// State:     the records without emitted results. After a restore they are asked about again, so an outside system may
///            see a record twice; its results are emitted once.
/// End:       the last watermark waits for all answers.
/// Errors:    a failure or timeout for good ends the attempt with errc::user_code, naming the operator.
/// Source:    Flink, AsyncWaitOperator, OrderedStreamElementQueue, UnorderedStreamElementQueue.
template <class In, class Out, class F>
class async_operator final : public stream_operator {
 public:
  using settings = call_settings<In, Out>;

  async_operator(F f, settings s) : f_(std::move(f)), settings_(std::move(s)) {}
  ~async_operator() override {
    if (box_) box_->close();
  }

  result<void> open(const operator_context& context, std::span<output_port* const> outputs) override {
    context_ = context;
    port_ = outputs[0];
    out_.open(*port_, context.batch_records_max != 0 ? context.batch_records_max : batch_capacity_for(sizeof(Out)));
    box_ = std::make_shared<answer_box<Out>>(context.wake);
    return {};
  }

  void process(std::uint32_t, batch_ptr& b) override {
    auto& in = static_cast<batch<In>&>(*b);
    for (std::size_t i = 0; i < in.size(); ++i) {
      entry& e = queue_.emplace_back();
      e.value = std::move(in.values()[i]);
      e.time = in.times()[i];
    }
    in.clear();
    resume();
  }

  void resume() override {
    do {
      while (may_call()) call_next();
      box_->take(arrived_);
      for (auto& a : arrived_) arrive(std::move(a));
      pass_on();
    } while (may_call());
    out_.flush();
  }
  /// Not while records wait for others to make room, nor at the end while any is without results.
  [[nodiscard]] bool ready() const override { return next_call_ == end() && (!ending_ || queue_.empty()); }

  [[nodiscard]] bool advance_watermark(watermark w, std::size_t) override {
    ending_ = w == watermark::end();
    if (!ending_) {
      add_mark(w, std::nullopt);
      return true;
    }
    if (!queue_.empty()) return false;
    port_->push_watermark(w);
    return true;
  }
  void change_status(stream_status s) override { add_mark(std::nullopt, s); }

  [[nodiscard]] bool advance_processing_time(processing_time now, std::size_t) override {
    now_ = std::max(now_, now);
    for (auto at = next_processing_time(); at && *at <= now_; at = next_processing_time()) {
      if (!due_.empty() && due_.begin()->first == *at)
        take_due();
      else
        time_out();
    }
    resume();
    return true;
  }
  [[nodiscard]] std::optional<processing_time> next_processing_time() const override {
    std::optional<processing_time> at;
    if (!deadlines_.empty()) at = deadlines_.front().at;
    if (!due_.empty() && (!at || due_.begin()->first < *at)) at = due_.begin()->first;
    return at;
  }

  [[nodiscard]] operator_schema stored() const override {
    return {context_.uid, std::nullopt, {{"in-flight", "list", codec<In>::schema_of()}}};
  }
  void begin_snapshot(checkpoint_id, snapshot_kind, snapshot_sink& to) override {
    chunk_builder chunk{to, chunk_kind::operator_state};
    for (const entry& e : queue_) {
      if (e.is_mark() || e.now == entry::state::passed_on) continue;
      encoder& bytes = chunk.begin();
      bytes.put_array(3);
      bytes.put_unsigned(context_.subtask.value());
      bytes.put_signed(e.time);
      codec<In>::write(bytes, e.value);
      chunk.end();
    }
    chunk.flush();
  }
  /// The records of a subtask stay together and in order; of a subtask that is no more, another one takes them.
  result<void> restore(chunk_kind, std::string_view bytes, const operator_schema& stored) override {
    if (stored.states.size() != 1 || stored.states[0].name != "in-flight")
      return error{errc::incompatible,
                   where() + " made no calls out when the checkpoint was taken; give it another uid"};
    if (auto why = schema::why_unreadable(stored.states[0].type, codec<In>::schema_of()); !why.empty())
      return error{errc::incompatible, where() + ": records in flight: " + why};
    decoder d{bytes};
    while (!d.at_end()) {
      if (d.take_array() != 3) d.fail("a record in flight must have three parts");
      const auto writer = d.take_unsigned(std::numeric_limits<std::uint32_t>::max());
      entry e;
      e.time = d.take_signed(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
      codec<In>::read(d, e.value, stored.states[0].type);
      if (!d.failed() && writer % context_.parallelism == context_.subtask.value()) queue_.push_back(std::move(e));
    }
    if (d.failed()) return error{errc::corrupt, where() + ": " + d.failure()};
    return {};
  }

  [[nodiscard]] operator_gauges gauges() const override {
    operator_gauges g;
    g.state_bytes = queue_.size() * sizeof(entry);
    return g;
  }

 private:
  /// A record, or a watermark or status among them. Numbered as they come; entry i of the queue has the number
  /// first_ + i.
  struct entry {
    enum class state : std::uint8_t { waiting, called, resting, answered, passed_on };
    state now = state::waiting;
    std::uint32_t attempt = 0;
    std::int64_t time = no_event_time;
    In value{};
    std::vector<Out> results;
    std::optional<watermark> mark;
    std::optional<stream_status> status;

    [[nodiscard]] bool is_mark() const { return mark || status; }
  };
  struct deadline {
    processing_time at;
    std::uint64_t call;
  };
  struct due_answer {
    bool again;  ///< a call is to be made, for which `answer` says only which
    call_answer<Out> answer;
  };

  [[nodiscard]] std::string where() const { return "operator '" + context_.uid + "'"; }
  [[nodiscard]] std::uint64_t end() const { return first_ + queue_.size(); }
  [[nodiscard]] entry& at(std::uint64_t number) { return queue_[number - first_]; }
  [[nodiscard]] processing_time clock_now() { return now_ = std::max(now_, context_.time->now()); }

  [[nodiscard]] bool may_call() {
    while (next_call_ < end() && at(next_call_).is_mark()) ++next_call_;
    return next_call_ < end() && in_flight_ < settings_.capacity;
  }
  void call_next() {
    const std::uint64_t number = next_call_++;
    ++in_flight_;
    if (settings_.timeout) deadlines_.push_back({clock_now() + *settings_.timeout, number});
    call(number);
  }
  void call(std::uint64_t number) {
    entry& e = at(number);
    e.now = entry::state::called;
    ++e.attempt;
    box_->attend();
    f_(std::as_const(e.value), completion<Out>{box_, number, e.attempt});
  }
  void call_again(std::uint64_t number, std::uint32_t attempt) {
    if (number >= first_ && at(number).now == entry::state::resting && at(number).attempt == attempt) call(number);
  }

  /// Whether an answer is to a call that is still waited for.
  [[nodiscard]] bool awaited(const call_answer<Out>& a) {
    return a.call >= first_ && at(a.call).now == entry::state::called && at(a.call).attempt == a.attempt;
  }
  void arrive(call_answer<Out> a) {
    if (!awaited(a)) return;
    const duration delay = a.delay;
    if (delay > duration{0})
      due_.emplace(clock_now() + delay, due_answer{false, std::move(a)});
    else
      settle(std::move(a));
  }
  void settle(call_answer<Out> a) {
    if (!awaited(a)) return;
    entry& e = at(a.call);
    if (e.attempt < settings_.retries.attempts() && worth_another(a)) {
      e.now = entry::state::resting;
      due_.emplace(clock_now() + settings_.retries.delay_after(e.attempt),
                   due_answer{true, {a.call, a.attempt, {}, {}, {}}});
    } else if (a.failure) {
      fail("a call failed: " + *a.failure +
           (e.attempt > 1 ? ", after " + std::to_string(e.attempt) + " attempts" : ""));
    } else {
      answered(a.call, std::move(a.results));
    }
  }
  [[nodiscard]] bool worth_another(const call_answer<Out>& a) const {
    if (a.failure) return !settings_.retry_failure || settings_.retry_failure(*a.failure);
    return settings_.retry_results && settings_.retry_results(a.results);
  }
  void take_due() {
    auto next = due_.extract(due_.begin());
    if (next.mapped().again)
      call_again(next.mapped().answer.call, next.mapped().answer.attempt);
    else
      settle(std::move(next.mapped().answer));
  }
  void time_out() {
    const std::uint64_t number = deadlines_.front().call;
    deadlines_.pop_front();
    if (!at_stake(number)) return;
    if (!settings_.on_timeout)
      fail("a call had no answer within " + std::to_string(settings_.timeout->count()) +
           " ms; allow more, or say with on_timeout what stands for the answer");
    answered(number, settings_.on_timeout(std::as_const(at(number).value)));
  }
  [[noreturn]] void fail(std::string why) const {
    throw operator_failure{error{errc::user_code, where() + ": " + std::move(why)}};
  }

  void answered(std::uint64_t number, std::vector<Out> results) {
    entry& e = at(number);
    e.results = std::move(results);
    e.now = entry::state::answered;
    if (settings_.order == call_order::unordered && (marks_.empty() || number < marks_.front())) emit(e);
  }
  void emit(entry& e) {
    out_.set_time(e.time);
    for (auto& r : e.results) out_.emit(std::move(r));
    e.now = entry::state::passed_on;
    e.results = {};
    --in_flight_;
  }

  /// Emits what has its turn, and forgets it.
  void pass_on() {
    for (; !queue_.empty(); queue_.pop_front(), ++first_) {
      entry& e = queue_.front();
      if (e.is_mark())
        pass_mark(e);
      else if (e.now == entry::state::answered)
        emit(e);
      else if (e.now != entry::state::passed_on)
        break;
    }
    next_call_ = std::max(next_call_, first_);
    while (!deadlines_.empty() && !at_stake(deadlines_.front().call)) deadlines_.pop_front();
  }
  void pass_mark(const entry& e) {
    out_.flush();
    if (e.mark) port_->push_watermark(*e.mark);
    if (e.status) port_->push_status(*e.status);
    marks_.pop_front();
    if (settings_.order == call_order::ordered) return;
    const std::uint64_t stop = marks_.empty() ? next_call_ : std::min(next_call_, marks_.front());
    for (std::uint64_t i = first_ + 1; i < stop; ++i)
      if (at(i).now == entry::state::answered) emit(at(i));
  }
  [[nodiscard]] bool at_stake(std::uint64_t number) {
    return number >= first_ && (at(number).now == entry::state::called || at(number).now == entry::state::resting);
  }

  void add_mark(std::optional<watermark> w, std::optional<stream_status> s) {
    if (w && !queue_.empty() && queue_.back().mark) {
      queue_.back().mark = std::max(*queue_.back().mark, *w);
    } else {
      marks_.push_back(end());
      entry& e = queue_.emplace_back();
      e.mark = w;
      e.status = s;
    }
    resume();
  }

  [[no_unique_address]] F f_;
  settings settings_;
  operator_context context_;
  output_port* port_ = nullptr;
  output<Out> out_;
  std::shared_ptr<answer_box<Out>> box_;
  std::vector<call_answer<Out>> arrived_;

  std::deque<entry> queue_;
  std::deque<std::uint64_t> marks_;  ///< numbers of the marks in the queue
  std::uint64_t first_ = 0;          ///< number of the queue's first entry
  std::uint64_t next_call_ = 0;      ///< records from here on wait for room
  std::size_t in_flight_ = 0;        ///< called, and not passed on
  std::deque<deadline> deadlines_;   ///< in order of time; those of calls that were answered in between remain
  std::multimap<processing_time, due_answer> due_;  ///< retries, and answers with a delay
  processing_time now_ = processing_time::min();
  bool ending_ = false;
};

}  // namespace leat
