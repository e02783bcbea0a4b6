#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <leat/core/codec.hpp>
#include <leat/core/schema.hpp>
#include <leat/state/state_ttl.hpp>

namespace leat {

/// How the table handles a value whose type it does not know.
struct state_operations {
  void (*construct)(void* at);             ///< default value
  void (*destroy)(void* at);               ///< null: nothing to do
  void (*relocate)(void* from, void* to);  ///< moves and destroys; null: copying the bytes serves
  void (*write)(encoder& e, const void* at);
  void (*read)(decoder& d, void* at, const schema& stored);
};

/// The operations of T by its codec.
template <class T>
[[nodiscard]] const state_operations& state_operations_of() {
  require_codec<T>();
  static constexpr bool bytes_serve = std::is_trivially_copyable_v<T>;
  static const state_operations operations{
      .construct = [](void* at) { new (at) T{}; },
      .destroy = std::is_trivially_destructible_v<T> ? nullptr : +[](void* at) { static_cast<T*>(at)->~T(); },
      .relocate = bytes_serve ? nullptr : +[](void* from, void* to) {
        new (to) T(std::move(*static_cast<T*>(from)));
        static_cast<T*>(from)->~T();
      },
      .write = [](encoder& e, const void* at) { codec<T>::write(e, *static_cast<const T*>(at)); },
      .read = [](decoder& d, void* at, const schema& stored) { codec<T>::read(d, *static_cast<T*>(at), stored); }};
  return operations;
}

/// One state of an operator within a slot.
struct state_column {
  std::string name;
  std::string shape;  ///< "value", "list", "expiring map" …; empty for what the runtime keeps itself
  std::size_t offset = 0;
  std::size_t size = 0;
  const state_operations* operations = nullptr;
  schema type;
  const expiry_operations* expiry = nullptr;  ///< of states with a TTL
  state_ttl ttl{};                            ///< meaningless without expiry
};

/// Where each of an operator's states lies within a key's slot. A slot is: slot_header, key, then the states side by
/// side, so that one lookup finds them all.
class state_layout {
 public:
  /// Most states an operator may declare.
  static constexpr std::size_t columns_max = 24;

  state_layout(std::size_t key_size, std::size_t key_align, const state_operations& key_operations, schema key_type);

  /// Adds a state and returns its column number. Requires: a name not used before, at most columns_max states.
  std::uint32_t add(state_column column, std::size_t align);

  [[nodiscard]] const std::vector<state_column>& columns() const { return columns_; }
  [[nodiscard]] const state_column& key() const { return key_; }
  /// Distance of two slots in bytes: slots of 17 to 32 bytes, or of 49 to 64, are padded so that none lies on two cache
  /// lines; where that would cost more, they are not.
  [[nodiscard]] std::size_t stride() const;

 private:
  state_column key_;
  std::vector<state_column> columns_;
  std::size_t end_;
  std::size_t align_ = 8;
};

}  // namespace leat
