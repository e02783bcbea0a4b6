#pragma once

#include <vector>

#include <leat/state/state_owner.hpp>

namespace leat {

/// A list per key, in the order of add. Stored whole with each snapshot in which it changed.
template <class T>
class list_state : private state_cell<std::vector<T>> {
 public:
  list_state(state_owner& owner, std::string name) : state_cell<std::vector<T>>(owner, std::move(name), "list") {}

  [[nodiscard]] bool empty() const { return !this->present() || this->read().empty(); }
  [[nodiscard]] const std::vector<T>& get() const {
    static const std::vector<T> none;
    return this->present() ? this->read() : none;
  }
  void add(T value) { this->write().push_back(std::move(value)); }
  void set(std::vector<T> values) { this->write() = std::move(values); }
  /// The list, to be changed in place. Valid until the call returns.
  [[nodiscard]] std::vector<T>& at() { return this->write(); }
  void clear() { this->erase(); }
};

}  // namespace leat
