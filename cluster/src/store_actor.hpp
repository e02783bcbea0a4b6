#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <leat/actors/ordered_actor.hpp>
#include <leat/core/clock.hpp>

#include "control_messages.hpp"

namespace leat {

/// Writes the snapshots of a job to its checkpoint store, and reads them back. Waits for the disk, so it has a thread
/// of its own.
class store_actor final : public ordered_actor {
 public:
  store_actor(caf::actor_config& cfg, std::shared_ptr<checkpoint_store> store, const leat::clock* time);
  ~store_actor() override { after_handlers(); }

  [[nodiscard]] const char* name() const override { return "leat.store"; }

 private:
  struct pending {
    leat::epoch epoch;
    std::unique_ptr<checkpoint_writer> writer;
    std::size_t snapshots_missing = 0;
    std::vector<stored_operator> operators;
    bool finished = false;
  };

  caf::behavior handlers() override;
  void let_go() override { coordinator_ = nullptr; }
  void load(leat::epoch e);
  void begin(begin_checkpoint& b);
  void add(const store_chunk& c);
  void take(snapshot_taken& s);
  void commit();
  void fail(const error& e);

  std::shared_ptr<checkpoint_store> store_;
  const leat::clock* time_;
  caf::actor coordinator_;
  std::optional<pending> pending_;
};

}  // namespace leat
