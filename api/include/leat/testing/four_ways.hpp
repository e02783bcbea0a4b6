#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <leat/core/value_text.hpp>
#include <leat/testing/operator_harness.hpp>

namespace leat {

/// What happens to an operator under test, in order.
template <class In>
using test_step = std::variant<std::pair<In, std::optional<event_time>>, watermark, processing_time>;

/// Runs an operator through the same steps in four ways and returns how their results differ; empty if they do not:
///
/// - all at once: records between two other steps come in one batch;
/// - one by one: each record is a batch of its own;
/// - restored: as before, with a snapshot and a restore before each step, at parallelisms 1, 2 and 3 in turn;
/// - refused: output batches of one record and a budget of one, so that the operator is stopped after each and asked
///   to go on.
///
/// Compared are the records and their event times, as a multiset: order is promised within a key only. After a restore
/// the last watermark is told again, as a restored source would in time.
/// Source of the idea: Hazelcast Jet, TestSupport.
template <class In, class Out>
[[nodiscard]] std::string differences_of_four_ways(const std::function<std::unique_ptr<stream_operator>()>& make,
                                                   typename operator_harness<In, Out>::settings settings,
                                                   const std::vector<test_step<In>>& steps) {
  using harness = operator_harness<In, Out>;
  using records = std::vector<std::pair<In, std::optional<event_time>>>;
  enum class way { at_once, one_by_one, restored, refused };

  const auto run = [&](way how) {
    auto s = settings;
    if (how == way::refused) s.budget = s.batch_records_max = 1;
    harness h{make, s};
    records gathered;
    std::optional<watermark> last;
    std::uint32_t restores = 0;
    const auto hand_over = [&] {
      if (!gathered.empty()) h.process_all(std::exchange(gathered, {}));
    };
    const auto restore = [&] {
      if (how != way::restored) return;
      h.snapshot_and_restore(restores++ % 3 + 1);
      if (last) h.advance_watermark(*last);
    };
    for (const auto& step : steps) {
      restore();
      if (const auto* r = std::get_if<0>(&step)) {
        gathered.push_back(*r);
        if (how != way::at_once) hand_over();
        continue;
      }
      hand_over();
      if (const auto* w = std::get_if<watermark>(&step))
        h.advance_watermark(*(last = *w));
      else
        h.set_processing_time(std::get<processing_time>(step));
    }
    hand_over();
    return h.take_output();
  };
  const auto texts = [&](way how) {
    std::vector<std::string> all;
    for (const auto& e : run(how))
      if (const auto* r = std::get_if<emitted<Out>>(&e))
        all.push_back(to_text(r->value) + (r->at ? " at " + std::to_string(r->at->ms()) : ""));
    std::sort(all.begin(), all.end());
    return all;
  };

  const auto want = texts(way::at_once);
  std::string differences;
  const auto compare = [&](const char* name, way how) {
    const auto got = texts(how);
    std::vector<std::string> missing;
    std::vector<std::string> extra;
    std::set_difference(want.begin(), want.end(), got.begin(), got.end(), std::back_inserter(missing));
    std::set_difference(got.begin(), got.end(), want.begin(), want.end(), std::back_inserter(extra));
    for (const auto& m : missing) differences += std::string{name} + ": lacks " + m + "\n";
    for (const auto& x : extra) differences += std::string{name} + ": has also " + x + "\n";
  };
  compare("one by one", way::one_by_one);
  compare("restored", way::restored);
  compare("refused", way::refused);
  return differences;
}

}  // namespace leat
