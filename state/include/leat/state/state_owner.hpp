#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <leat/core/assert.hpp>
#include <leat/state/keyed_table.hpp>
#include <leat/state/state_ttl.hpp>

namespace leat {

/// What a keyed function's states are attached to: knows the table and the slot of the key being processed.
/// States are declared while the function is constructed; the runtime then makes the table and moves the slot.
/// Threading: one subtask.
class state_owner {
 public:
  state_owner(const state_owner&) = delete;
  state_owner& operator=(const state_owner&) = delete;

 protected:
  explicit state_owner(state_layout layout) : layout_(std::make_unique<state_layout>(std::move(layout))) {}
  ~state_owner() = default;

 private:
  template <class T>
  friend class state_cell;
  friend class state_binding;

  keyed_table* table_ = nullptr;
  slot_header* slot_ = nullptr;
  std::unique_ptr<state_layout> layout_;
};

/// The runtime's access to a state_owner.
class state_binding {
 public:
  explicit state_binding(state_owner& owner) : owner_(&owner) {}
  [[nodiscard]] state_layout& layout() { return *owner_->layout_; }
  void bind(keyed_table& table) { owner_->table_ = &table; }
  void select(slot_header* slot) { owner_->slot_ = slot; }
  [[nodiscard]] slot_header* selected() const { return owner_->slot_; }

 private:
  state_owner* owner_;
};

/// One state of the current key, as a C++ object; the shapes of state are built on it.
template <class T>
class state_cell {
 public:
  state_cell(const state_cell&) = delete;
  state_cell& operator=(const state_cell&) = delete;

 protected:
  state_cell(state_owner& owner, std::string name, std::string shape) : owner_(&owner) {
    column_ = owner.layout_->add(
        {std::move(name), std::move(shape), 0, sizeof(T), &state_operations_of<T>(), codec<T>::schema_of()},
        alignof(T));
    offset_ = owner.layout_->columns()[column_].offset;
    present_ = slot_header::first_state << column_;
  }
  /// A state whose values expire; `expiry` lives as long as the process.
  /// Requires: ttl.ttl > 0.
  state_cell(state_owner& owner, std::string name, std::string shape, const expiry_operations& expiry,
             const state_ttl& ttl)
      : owner_(&owner) {
    LEAT_ASSERT(ttl.ttl > duration{0}, "state '" + name + "': its TTL is " + std::to_string(ttl.ttl.count()) +
                                           " ms; give a time of at least 1 ms, or declare a state without TTL");
    column_ = owner.layout_->add({std::move(name), std::move(shape), 0, sizeof(T), &state_operations_of<T>(),
                                  codec<T>::schema_of(), &expiry, ttl},
                                 alignof(T));
    offset_ = owner.layout_->columns()[column_].offset;
    present_ = slot_header::first_state << column_;
  }

  /// The time by which values expire.
  [[nodiscard]] processing_time now() const { return owner_->table_->now(); }

  [[nodiscard]] bool present() const {
    LEAT_ASSERT(owner_->slot_ != nullptr, "keyed state is used outside process and on_timer");
    return (owner_->slot_->bits & present_) != 0;
  }
  [[nodiscard]] const T& read() const {
    return *reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(owner_->slot_) + offset_);
  }
  /// The value in any slot; null if it has none.
  [[nodiscard]] const T* read_in(const slot_header* s) const {
    if ((s->bits & slot_header::used) == 0 || (s->bits & present_) == 0) return nullptr;
    return reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(s) + offset_);
  }
  /// The value to be changed; made if there is none.
  [[nodiscard]] T& write() {
    slot_header* const s = owner_->slot_;
    LEAT_ASSERT(s != nullptr, "keyed state is used outside process and on_timer");
    if (!owner_->table_->ready(s, present_)) [[unlikely]]
      make_ready(s);
    return *reinterpret_cast<T*>(reinterpret_cast<std::byte*>(s) + offset_);
  }
  void erase() {
    if (!present()) return;
    owner_->table_->touch(owner_->slot_);
    std::destroy_at(reinterpret_cast<T*>(reinterpret_cast<std::byte*>(owner_->slot_) + offset_));
    owner_->table_->remove(owner_->slot_, column_);
  }

 private:
  [[gnu::noinline]] void make_ready(slot_header* s) {
    owner_->table_->touch(s);
    if ((s->bits & present_) == 0) new (owner_->table_->add(s, column_, offset_)) T{};
  }

  state_owner* owner_;
  std::uint32_t column_ = 0;
  std::uint32_t present_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace leat
