#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/operators/completion.hpp>

namespace leat {

/// Threads for calls that wait. What is run on them waits in a queue, which is as long as its users let it become: calls
/// out of a stream are bounded by their capacity.
/// Threading: any thread.
class call_threads {
 public:
  /// Requires: count > 0.
  explicit call_threads(std::size_t count);
  /// Drops what has not begun, and waits for what has.
  ~call_threads();
  call_threads(const call_threads&) = delete;
  call_threads& operator=(const call_threads&) = delete;

  /// Requires: `call` does not throw.
  void run(std::function<void()> call);

 private:
  struct shared;
  std::unique_ptr<shared> shared_;
};

/// A function for stream::async_map that runs another, which may wait, on threads.
template <class F>
class threaded_call {
 public:
  threaded_call(std::size_t threads, F f)
      : f_(std::make_shared<const F>(std::move(f))), threads_(std::make_shared<call_threads>(threads)) {}

  template <class In, class Out>
  void operator()(const In& record, completion<Out> done) const {
    threads_->run([f = f_, record, done = std::move(done)] {
      try {
        if constexpr (std::is_convertible_v<std::invoke_result_t<const F&, const In&>, std::vector<Out>>)
          done.complete_all((*f)(record));
        else
          done.complete((*f)(record));
      } catch (const std::exception& e) {
        done.fail(e.what());
      }
    });
  }

 private:
  std::shared_ptr<const F> f_;
  std::shared_ptr<call_threads> threads_;
};

/// For stream::async_map: `f`, (const T&) → U or std::vector<U>, is called on `threads` threads, which all subtasks share
/// and which end with the application. What it throws fails the call.
///
///     payments.async_map<score>("scores", leat::on_threads(8, [](const payment& p) { return ask_service(p); }))
///
/// Requires: `f` may be called by several threads at once. Not for simulations: see completion::complete_after.
template <class F>
[[nodiscard]] threaded_call<F> on_threads(std::size_t threads, F f) {
  return {threads, std::move(f)};
}

}  // namespace leat
