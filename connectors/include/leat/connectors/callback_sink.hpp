#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/connector.hpp>

namespace leat {

/// A writer that has nothing to undo and nothing to commit: what it is handed is out.
/// After a restart the records since the checkpoint come again (at least once).
template <class T>
class immediate_writer : public sink_writer<T> {
 public:
  result<void> recover(std::optional<checkpoint_id>, const std::vector<prepared_output>&) override { return {}; }
  result<std::string> prepare(checkpoint_id) override { return std::string{}; }
  result<void> commit(const std::string&) override { return {}; }
};

/// A sink that calls a function; made by callback_sink().
template <class T, class Function>
class callback_connector final : public sink_connector<T> {
 public:
  explicit callback_connector(Function function) : function_(std::move(function)) {}

  result<std::unique_ptr<sink_writer<T>>> open(const connector_context&) const override {
    return std::unique_ptr<sink_writer<T>>(std::make_unique<writer>(function_));
  }

 private:
  class writer final : public immediate_writer<T> {
   public:
    explicit writer(Function function) : function_(std::move(function)) {}

    result<void> write(const batch<T>& records) override {
      if constexpr (std::invocable<Function&, const T&>) {
        const T* const values = records.values();
        for (std::size_t i = 0, size = records.size(); i < size; ++i) function_(values[i]);
      } else {
        function_(records);
      }
      return {};
    }

   private:
    Function function_;
  };

  Function function_;
};

/// A sink calling `function(const T&)` for each record, or `function(const batch<T>&)` for each batch with its event
/// times: `leat::callback_sink<payment>([](const payment& p) { … })`. Each subtask calls its own copy, at parallelism
/// over 1 at the same time as the others: what the copies share needs a lock. A record may come again after a restart.
template <class T, class Function>
[[nodiscard]] callback_connector<T, Function> callback_sink(Function function) {
  static_assert(std::invocable<Function&, const T&> || std::invocable<Function&, const batch<T>&>,
                "leat: a callback sink's function takes const T& or const leat::batch<T>&");
  return callback_connector<T, Function>(std::move(function));
}

}  // namespace leat
