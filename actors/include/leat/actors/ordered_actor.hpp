#pragma once

#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/message.hpp>

#if defined(__SANITIZE_THREAD__)
#define LEAT_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LEAT_THREAD_SANITIZER 1
#endif
#endif

#ifdef LEAT_THREAD_SANITIZER
extern "C" void __tsan_acquire(void* at);
extern "C" void __tsan_release(void* at);
#endif

namespace leat {

/// An event-based actor whose messages ThreadSanitizer understands. What a sender did before `send` happens before what
/// the receiver does in its handler, but TSan cannot see that: CAF's mailboxes are in a library that is not
/// instrumented. So both say so, and what CAF's headers do in between is left out of the instrumentation, see
/// cmake/tsan_ignorelist.txt. In other builds this is CAF's actor and nothing more.
class ordered_actor : public caf::event_based_actor {
 public:
  using caf::event_based_actor::event_based_actor;

  /// For senders that are not actors.
  static void before_sending([[maybe_unused]] const caf::actor& to) {
#ifdef LEAT_THREAD_SANITIZER
    __tsan_release(caf::actor_cast<caf::actor_control_block*>(to));
#endif
  }

 protected:
  template <class... Parts>
  void send(const caf::actor& to, Parts&&... parts) {
#ifdef LEAT_THREAD_SANITIZER
    caf::message whole = caf::make_message(std::forward<Parts>(parts)...);
    before_sending(to);
    caf::event_based_actor::send(to, std::move(whole));
#else
    caf::event_based_actor::send(to, std::forward<Parts>(parts)...);
#endif
  }

  /// What the actor does with messages: a handler each, made by `on`.
  virtual caf::behavior handlers() = 0;

  /// A message handler: a lambda with one parameter and no result.
  template <class Handler>
  auto on(Handler handler) {
#ifdef LEAT_THREAD_SANITIZER
    return ordered(std::move(handler), &Handler::operator());
#else
    return handler;
#endif
  }

  /// Lets go of other actors: actors that hold each other would never be destroyed, nor their threads end. Called once,
  /// after the last handler.
  virtual void let_go() = 0;

  /// What this actor's earlier handlers did, whatever thread they ran on, has happened. For destructors.
  void after_handlers() {
#ifdef LEAT_THREAD_SANITIZER
    __tsan_acquire(ctrl());
#endif
  }

 private:
  caf::behavior make_behavior() final {
    caf::behavior all = handlers();
#ifdef LEAT_THREAD_SANITIZER
    __tsan_release(ctrl());
#endif
    return all;
  }
  void on_exit() final {
    after_handlers();
    let_go();
#ifdef LEAT_THREAD_SANITIZER
    __tsan_release(ctrl());
#endif
  }

#ifdef LEAT_THREAD_SANITIZER
  template <class Handler, class Message>
  auto ordered(Handler handler, void (Handler::*)(Message) const) {
    return [this, handler = std::move(handler)](Message m) {
      __tsan_acquire(ctrl());
      handler(static_cast<Message>(m));
      __tsan_release(ctrl());
    };
  }
#endif
};

}  // namespace leat
