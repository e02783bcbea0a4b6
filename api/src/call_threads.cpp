#include <leat/call_threads.hpp>

#include <leat/core/assert.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace leat {

struct call_threads::shared {
  void work() {
    std::unique_lock hold{mutex};
    for (;;) {
      changed.wait(hold, [this] { return ending || !waiting.empty(); });
      if (ending) return;
      std::function<void()> call = std::move(waiting.front());
      waiting.pop_front();
      hold.unlock();
      call();
      call = nullptr;
      hold.lock();
    }
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> waiting;  ///< guarded by mutex
  bool ending = false;                        ///< guarded by mutex
  std::vector<std::thread> threads;
};

call_threads::call_threads(std::size_t count) : shared_(std::make_unique<shared>()) {
  LEAT_ASSERT(count > 0, "calls on 0 threads are never made; give at least 1");
  for (std::size_t i = 0; i < count; ++i) shared_->threads.emplace_back([s = shared_.get()] { s->work(); });
}

call_threads::~call_threads() {
  {
    const std::lock_guard hold{shared_->mutex};
    shared_->ending = true;
  }
  shared_->changed.notify_all();
  for (auto& t : shared_->threads) t.join();
}

void call_threads::run(std::function<void()> call) {
  {
    const std::lock_guard hold{shared_->mutex};
    shared_->waiting.push_back(std::move(call));
  }
  shared_->changed.notify_one();
}

}  // namespace leat
