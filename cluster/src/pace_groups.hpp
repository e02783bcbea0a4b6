#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <leat/core/stream_operator.hpp>

namespace leat {

/// Who is in which pace group, and how far each is (see watermark_strategy::keep_pace).
/// Threading: one actor.
class pace_groups {
 public:
  /// Adds a member, a source subtask, which has reached nothing yet.
  void add(const std::string& group, std::size_t member);

  /// What a group must be told.
  struct news {
    std::vector<std::size_t> members;
    watermark slowest;  ///< end() if none counts
  };
  /// Takes a member's report; nothing if the slowest of its group is where it was. Requires: it was added.
  [[nodiscard]] std::optional<news> report(std::size_t member, const pace_report& r);

 private:
  struct paces {
    std::map<std::size_t, std::optional<watermark>> reached;
    watermark slowest = watermark::none();
  };
  std::map<std::string, paces> groups_;
  std::map<std::size_t, std::string> group_of_;
};

}  // namespace leat
