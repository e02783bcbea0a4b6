#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <leat/cluster/job_status.hpp>
#include <leat/core/clock.hpp>

namespace leat {

/// One line on a terminal that says how a job is getting on: share done, records and rate, watermark, last checkpoint.
/// Threading: one thread.
class progress_line {
 public:
  enum class visibility { shown, hidden };
  progress_line(std::string name, visibility v, const clock& time) : name_(std::move(name)), visible_(v), time_(time) {}

  /// Draws the line anew.
  void draw(const job_report& r);
  /// Leaves the terminal clean.
  void erase();

 private:
  std::string name_;
  visibility visible_;
  const clock& time_;
  std::uint64_t records_ = 0;
  std::chrono::nanoseconds at_{0};
  double rate_ = 0;
};

/// Records that the sources of a job have read.
[[nodiscard]] std::uint64_t records_read(const job_report& r);

/// "12.3 M", "480 k", "17".
[[nodiscard]] std::string short_number(double n);

/// "2018-04-01 00:00:31", in UTC.
[[nodiscard]] std::string format_time(std::int64_t ms);

}  // namespace leat
