#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <leat/core/ids.hpp>

namespace leat {

/// How a subtask's snapshot relates to what is still in its channels.
enum class alignment {
  aligned,        ///< exactly once: channels whose barrier has come wait for the others
  unaligned,      ///< exactly once: snapshot at the first barrier; what still arrives before the others is recorded
  at_least_once,  ///< nobody waits; snapshot at the last barrier
};

/// What a channel's end means for a checkpoint under way.
enum class finished_channels {
  count_as_barrier,  ///< it has nothing more to send: as good as its barrier
  abort,             ///< the checkpoint cannot complete
};

/// Why a checkpoint was given up.
enum class abort_reason { subsumed, cancelled, end_of_channel };
[[nodiscard]] std::string_view to_string(abort_reason r);

/// What must be done after a barrier, a cancellation or a channel's end, in this order: give up, take the snapshot and
/// forward the barrier, regard the recording as complete.
struct alignment_step {
  struct given_up {
    checkpoint_id id;
    abort_reason reason;
    auto operator<=>(const given_up&) const = default;
  };
  /// Checkpoints that came to nothing, in ascending order. Giving one up ends every pending one below it, too.
  /// At most one unless the mode is at_least_once, where several may be pending.
  std::vector<given_up> aborted;
  std::optional<checkpoint_id> snapshot;
  std::optional<checkpoint_id> recorded;  ///< unaligned: the last barrier is in; recording ends
  bool released = false;                  ///< channels that were held may deliver again
};

}  // namespace leat
