#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <leat/core/time.hpp>

namespace leat {

/// What a call out came to.
template <class Out>
struct call_answer {
  std::uint64_t call = 0;     ///< which one
  std::uint32_t attempt = 0;  ///< of its attempts, counted from 1
  std::vector<Out> results;
  std::optional<std::string> failure;  ///< why there are none
  duration delay{0};                   ///< counts only after this long
};

/// Where answers lie until their operator takes them.
/// Threading: any thread; `owner` marks what the operator calls on its own.
template <class Out>
class answer_box {
 public:
  explicit answer_box(std::function<void()> wake) : wake_(std::move(wake)) {}

  void put(call_answer<Out> a) {
    bool first = false;
    {
      const std::lock_guard hold{mutex_};
      if (closed_) return;
      first = arrived_.empty() && !attended_;
      arrived_.push_back(std::move(a));
    }
    if (first && wake_) wake_();
  }
  /// Owner: until the next take nobody needs to wake it.
  void attend() {
    const std::lock_guard hold{mutex_};
    attended_ = true;
  }
  /// Owner: swaps what has arrived into `to`.
  void take(std::vector<call_answer<Out>>& to) {
    to.clear();
    const std::lock_guard hold{mutex_};
    attended_ = false;
    arrived_.swap(to);
  }
  /// Owner: from now on answers are thrown away.
  void close() {
    const std::lock_guard hold{mutex_};
    closed_ = true;
    arrived_.clear();
  }

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<call_answer<Out>> arrived_;  ///< guarded by mutex_, like what follows
  bool attended_ = false;
  bool closed_ = false;
};

/// The promise of an answer to one call out. Exactly one answer counts, the first; later ones do nothing, nor do those
/// that come after the call has timed out or its operator is gone. Dropping all copies without an answer fails the call.
/// Threading: any thread; copies mean the same call.
template <class Out>
class completion {
 public:
  completion(std::shared_ptr<answer_box<Out>> box, std::uint64_t call, std::uint32_t attempt)
      : shared_(std::make_shared<shared>(std::move(box), call, attempt)) {}

  /// One result.
  void complete(Out result) const {
    std::vector<Out> one;
    one.push_back(std::move(result));
    complete_all(std::move(one));
  }
  /// Any number of results, also none.
  void complete_all(std::vector<Out> results) const { shared_->answer({0, 0, std::move(results), {}, {}}); }
  /// The call has failed: it is made again if its retries allow, else the attempt to run the job ends.
  void fail(std::string why) const { shared_->answer({0, 0, {}, std::move(why), {}}); }
  /// As complete, but counts only once the job's clock has gone on by `delay`. No thread is involved, so a function
  /// that answers in this way can be simulated.
  void complete_after(duration delay, Out result) const {
    std::vector<Out> one;
    one.push_back(std::move(result));
    shared_->answer({0, 0, std::move(one), {}, delay});
  }
  /// As fail, after a delay.
  void fail_after(duration delay, std::string why) const { shared_->answer({0, 0, {}, std::move(why), delay}); }

 private:
  struct shared {
    shared(std::shared_ptr<answer_box<Out>> b, std::uint64_t c, std::uint32_t a)
        : box(std::move(b)), call(c), attempt(a) {}
    ~shared() {
      if (!answered) answer({0, 0, {}, "its completion was dropped without an answer", {}});
    }
    shared(const shared&) = delete;
    shared& operator=(const shared&) = delete;

    void answer(call_answer<Out> a) {
      if (answered.exchange(true)) return;
      a.call = call;
      a.attempt = attempt;
      box->put(std::move(a));
    }

    std::shared_ptr<answer_box<Out>> box;
    std::uint64_t call;
    std::uint32_t attempt;
    std::atomic<bool> answered{false};
  };
  std::shared_ptr<shared> shared_;
};

}  // namespace leat
