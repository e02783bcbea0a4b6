#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

/// A program of build/bin running as a child process; its output goes to a file.
class program {
 public:
  program(const std::string& name, std::vector<std::string> arguments, const std::string& output_path);
  ~program();
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  /// Waits for the end; the exit code, or 128 + signal.
  int wait();
  /// Waits until the program ends or `when` holds, whichever is first; looks about 20 times per millisecond. The exit
  /// code if it ended.
  std::optional<int> wait_until(const std::function<bool()>& when);
  /// SIGKILL.
  void kill();

 private:
  pid_t pid_;
  std::optional<int> code_;
};

/// A new, empty directory, removed with everything in it at the end.
class scratch_directory {
 public:
  scratch_directory();
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// All rows of the *.csv files of a directory, without their headers, sorted.
[[nodiscard]] std::vector<std::string> committed_rows(const std::string& directory);
