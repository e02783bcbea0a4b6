#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <leat/core/batch.hpp>
#include <leat/core/clock.hpp>
#include <leat/core/file_system.hpp>
#include <leat/core/ids.hpp>
#include <leat/core/result.hpp>
#include <leat/core/time.hpp>

namespace leat {

/// What a connector is handed instead of reaching for the world itself. All pointers outlive the connector's objects.
struct connector_context {
  std::string uid;  ///< of the source or sink
  subtask_index subtask;
  std::uint32_t parallelism = 1;
  file_system* files = nullptr;
  const clock* time = nullptr;
};

/// A resumable unit of input: a file, a range of a file, a partition of a log.
struct source_split {
  std::string id;  ///< the same at every start; ties the stored position to the split
  auto operator<=>(const source_split&) const = default;
};

/// What a reader says after a read.
struct read_result {
  enum class state {
    more,      ///< records were appended, or more may follow at once
    waiting,   ///< nothing before `until`
    finished,  ///< this split is at its end
  };
  state next = state::more;
  processing_time until{};
};

/// What readers of all record types have in common.
class split_reader_base {
 public:
  virtual ~split_reader_base() = default;

  /// Where the next record begins, in a form that only this connector understands. Short: it is in every checkpoint.
  [[nodiscard]] virtual std::string position() const = 0;
  /// Share of the split that has been read, 0 to 1; empty if it has no end.
  [[nodiscard]] virtual std::optional<double> progress() const { return std::nullopt; }
  /// Records passed over by the malformed-input policy so far.
  [[nodiscard]] virtual std::uint64_t skipped() const { return 0; }
};

/// Reads one split. Threading: one subtask.
template <class T>
class split_reader : public split_reader_base {
 public:
  /// Appends records to `to` until it is full, the split ends, or nothing is there now. Event times are left at
  /// `no_event_time` unless the connector knows better.
  /// Errors: io; corrupt or invalid_argument for malformed input, naming file, line, column, field and value.
  virtual result<read_result> read(batch<T>& to) = 0;
};

/// What sources of all record types have in common.
class source_connector_base {
 public:
  virtual ~source_connector_base() = default;

  /// All splits there are now, in reading order. Every subtask gets the same list and reads those with
  /// index ≡ subtask (mod parallelism).
  virtual result<std::vector<source_split>> splits(const connector_context& context) const = 0;
  /// Whether the splits are one stream that must be read in order, one after the other, by one subtask. Otherwise a
  /// subtask reads its splits side by side.
  [[nodiscard]] virtual bool ordered() const { return false; }
  /// Whether reads may wait for a disk or a network; such sources get a thread of their own.
  [[nodiscard]] virtual bool blocking() const { return false; }
};

/// Describes a source; one object serves all subtasks, so its members must not change it.
/// Threading: any thread.
template <class T>
class source_connector : public source_connector_base {
 public:
  using record_type = T;

  /// Opens a split at its beginning (`position` empty) or where an earlier reader's position() said.
  virtual result<std::unique_ptr<split_reader<T>>> open(const source_split& split, std::string_view position,
                                                        const connector_context& context) const = 0;
};

/// Output that was made durable but not yet visible.
struct prepared_output {
  subtask_index writer;  ///< which subtask prepared it
  std::string token;     ///< what the connector needs to commit it
};

/// What writers of all record types have in common: the two phases.
class sink_writer_base {
 public:
  virtual ~sink_writer_base() = default;

  /// Called once before anything is written. `prepared` is the output that the checkpoint `from` covers and that
  /// falls to this subtask (writer ≡ subtask mod parallelism): it must be committed now unless that has happened.
  /// Whatever else earlier attempts left behind for these writers must be undone.
  virtual result<void> recover(std::optional<checkpoint_id> from, const std::vector<prepared_output>& prepared) = 0;
  /// First phase: everything written so far becomes durable, still invisible. Returns the token to commit it with;
  /// empty if there is nothing to commit.
  virtual result<std::string> prepare(checkpoint_id id) = 0;
  /// Second phase: makes prepared output visible. May be called again for the same token after a crash.
  virtual result<void> commit(const std::string& token) = 0;
};

/// Writes one subtask's share of a sink.
/// Threading: one subtask. Call order: recover, (write | prepare | commit)*.
template <class T>
class sink_writer : public sink_writer_base {
 public:
  virtual result<void> write(const batch<T>& records) = 0;
};

/// Describes a sink; one object serves all subtasks.
template <class T>
class sink_connector {
 public:
  using record_type = T;
  virtual ~sink_connector() = default;

  virtual result<std::unique_ptr<sink_writer<T>>> open(const connector_context& context) const = 0;
  /// Whether writes, prepare or commit may wait for a disk or a broker; such sinks get a thread of their own.
  [[nodiscard]] virtual bool blocking() const { return false; }
};

}  // namespace leat
