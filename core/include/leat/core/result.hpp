#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <leat/core/assert.hpp>

namespace leat {

/// What kind of operating error happened. A code exists only where some caller acts differently on it.
/// Each is marked with what helps: retry the call, restart the job from its checkpoint, or give up.
enum class errc {
  invalid_argument,  ///< give up: a setting or an input is wrong; the detail says which and what would be right
  not_found,         ///< give up: a file, a checkpoint or a field that must be there is not
  already_exists,    ///< give up: something stands where a new thing should be made
  corrupt,           ///< give up on this copy: bytes do not match their checksum or their format
  incompatible,      ///< give up: intact, but written by another application, schema or version
  locked,            ///< retry later: another process holds the state directory
  no_space,          ///< restart: the disk is full; nothing acknowledged is lost
  io,                ///< restart: the operating system refused a read or a write
  user_code,         ///< restart: a function of the application threw
  cancelled,         ///< give up: the job was asked to stop
};

/// The name of a code as it stands in logs and in the documentation, for example "no_space".
[[nodiscard]] std::string_view to_string(errc code);

/// An operating error: what kind, what happened where (for people), and the line that noticed it.
struct [[nodiscard]] error {
  errc code;
  std::string detail;
  std::source_location where;

  error(errc c, std::string d, std::source_location w = std::source_location::current())
      : code(c), detail(std::move(d)), where(w) {}

  /// "no_space: checkpoint 7: cannot write …", for logs and terminals.
  [[nodiscard]] std::string message() const;
};

/// Either a value or an error; the caller cannot ignore it. The member names are those of `std::expected`.
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  result(leat::error e) : v_(std::in_place_index<1>, std::move(e)) {}

  [[nodiscard]] bool has_value() const { return v_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// Requires: has_value().
  T& value() & {
    LEAT_ASSERT(has_value(), std::get<1>(v_).message());
    return std::get<0>(v_);
  }
  const T& value() const& {
    LEAT_ASSERT(has_value(), std::get<1>(v_).message());
    return std::get<0>(v_);
  }
  T&& value() && {
    LEAT_ASSERT(has_value(), std::get<1>(v_).message());
    return std::get<0>(std::move(v_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// Requires: !has_value().
  [[nodiscard]] const leat::error& error() const& { return std::get<1>(v_); }
  [[nodiscard]] leat::error&& error() && { return std::get<1>(std::move(v_)); }

 private:
  std::variant<T, leat::error> v_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] result<void> {
 public:
  using value_type = void;

  result() = default;
  result(leat::error e) : e_(std::move(e)) {}

  [[nodiscard]] bool has_value() const { return !e_.has_value(); }
  explicit operator bool() const { return has_value(); }
  void value() const { LEAT_ASSERT(has_value(), e_->message()); }

  /// Requires: !has_value().
  [[nodiscard]] const leat::error& error() const& { return *e_; }
  [[nodiscard]] leat::error&& error() && { return *std::move(e_); }

 private:
  std::optional<leat::error> e_;
};

}  // namespace leat

/// Returns the error of `expr` from the enclosing function if it failed; otherwise goes on.
#define LEAT_CHECK(expr)                                                                   \
  do {                                                                                     \
    if (auto leat_checked = (expr); !leat_checked) return std::move(leat_checked).error(); \
  } while (false)

/// Declares `var` as the value of `expr`, or returns its error from the enclosing function.
#define LEAT_TRY(var, expr)                                            \
  auto leat_result_##var = (expr);                                     \
  if (!leat_result_##var) return std::move(leat_result_##var).error(); \
  auto& var = *leat_result_##var
