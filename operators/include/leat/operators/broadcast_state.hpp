#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <leat/core/assert.hpp>
#include <leat/core/codec.hpp>
#include <leat/core/operator_failure.hpp>
#include <leat/core/snapshot.hpp>

namespace leat {

/// What the runtime needs of one broadcast state, whatever its types.
class broadcast_state_base {
 public:
  virtual ~broadcast_state_base() = default;
  [[nodiscard]] virtual state_schema stored() const = 0;
  virtual void write_entries(std::uint32_t index, chunk_builder& to) const = 0;
  virtual void read_entry(decoder& d, const schema& stored) = 0;
};

/// The broadcast states of a function. They are the same in all subtasks, since all of them see the same broadcast
/// records; the first subtask writes them into checkpoints, and all restore them.
class broadcast_state_owner {
 public:
  broadcast_state_owner() = default;
  broadcast_state_owner(const broadcast_state_owner&) = delete;
  broadcast_state_owner& operator=(const broadcast_state_owner&) = delete;

  /// For the runtime: whether the states may be changed now, which is while a broadcast record is processed.
  void allow_changes(bool allowed) { changes_allowed_ = allowed; }
  [[nodiscard]] bool changes_allowed() const { return changes_allowed_; }

  /// For the runtime: appends what these states are to an operator's schema.
  void append_stored(operator_schema& s) const {
    for (const auto* state : states_) s.states.push_back(state->stored());
  }
  /// Writes all entries, as [index of the state in the operator's schema, key, value].
  void write(std::uint32_t first_index, chunk_builder& to) const {
    for (std::uint32_t i = 0; i < states_.size(); ++i) states_[i]->write_entries(first_index + i, to);
  }
  /// Reads the entries of one chunk.
  result<void> read(std::string_view bytes, const operator_schema& stored);

  /// Called by each state as it is constructed.
  void add(broadcast_state_base& state) { states_.push_back(&state); }

 protected:
  ~broadcast_state_owner() = default;

 private:
  std::vector<broadcast_state_base*> states_;
  bool changes_allowed_ = false;
};

/// A map that all subtasks of an operator have alike, in key order. Declare it as a member of a function that has a
/// broadcast input: `broadcast_state<std::string, rule> rules_{*this, "rules"};`.
/// Requires (changes): called while a broadcast record is processed; otherwise the subtasks would come to differ, so
/// the job fails with a message.
template <class K, class V>
class broadcast_state final : public broadcast_state_base {
 public:
  broadcast_state(broadcast_state_owner& owner, std::string name) : owner_(&owner), name_(std::move(name)) {
    owner.add(*this);
  }
  broadcast_state(const broadcast_state&) = delete;
  broadcast_state& operator=(const broadcast_state&) = delete;

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] bool contains(const K& key) const { return entries_.contains(key); }
  /// Null if there is no such entry. Valid until the next change.
  [[nodiscard]] const V* find(const K& key) const {
    const auto it = entries_.find(key);
    return it == entries_.end() ? nullptr : &it->second;
  }
  [[nodiscard]] const std::map<K, V>& entries() const { return entries_; }

  void put(const K& key, V value) {
    require_changes_allowed();
    entries_.insert_or_assign(key, std::move(value));
  }
  void remove(const K& key) {
    require_changes_allowed();
    entries_.erase(key);
  }
  void clear() {
    require_changes_allowed();
    entries_.clear();
  }

  [[nodiscard]] state_schema stored() const override {
    return {name_, "broadcast", codec<std::map<K, V>>::schema_of()};
  }
  void write_entries(std::uint32_t index, chunk_builder& to) const override {
    for (const auto& [key, value] : entries_) {
      encoder& e = to.begin();
      e.put_array(3);
      e.put_unsigned(index);
      codec<K>::write(e, key);
      codec<V>::write(e, value);
      to.end();
    }
  }
  void read_entry(decoder& d, const schema& stored) override {
    K key{};
    V value{};
    codec<K>::read(d, key, stored.parts[0]);
    codec<V>::read(d, value, stored.parts[1]);
    if (!d.failed()) entries_.insert_or_assign(std::move(key), std::move(value));
  }

 private:
  void require_changes_allowed() const {
    if (!owner_->changes_allowed())
      throw operator_failure{{errc::invalid_argument, "broadcast state '" + name_ +
                                                          "' is changed outside process_broadcast; only there do all "
                                                          "subtasks see the same records"}};
  }

  broadcast_state_owner* owner_;
  std::string name_;
  std::map<K, V> entries_;
};

}  // namespace leat
