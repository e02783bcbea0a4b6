#pragma once

#include <stdexcept>
#include <utility>

#include <leat/core/result.hpp>

namespace leat {

/// Thrown by an operator in the middle of a batch when an operating error ends the attempt. Caught where all
/// exceptions of operators are: at the subtask's boundary.
class operator_failure : public std::runtime_error {
 public:
  explicit operator_failure(error e) : std::runtime_error(e.message()), error_(std::move(e)) {}
  [[nodiscard]] const error& reason() const { return error_; }

 private:
  error error_;
};

/// Throws operator_failure if `r` is an error.
inline void require(result<void> r) {
  if (!r) throw operator_failure{std::move(r).error()};
}

}  // namespace leat
