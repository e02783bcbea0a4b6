#include "program.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

program::program(const std::string& name, std::vector<std::string> arguments, const std::string& output_path) {
  const std::string path = std::string{LEAT_BIN_DIR} + "/" + name;
  arguments.insert(arguments.begin(), path);
  std::vector<char*> argv;
  for (auto& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error{"cannot fork"};
  if (pid_ == 0) {
    const int out = open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execv(path.c_str(), argv.data());
    _exit(127);
  }
}

program::~program() {
  if (!code_) kill();
}

int program::wait() {
  int status = 0;
  if (!code_ && waitpid(pid_, &status, 0) == pid_)
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *code_;
}

std::optional<int> program::wait_until(const std::function<bool()>& when) {
  while (!when()) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_)
      code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code_) return code_;
    const timespec pause{0, 50'000};
    nanosleep(&pause, nullptr);
  }
  return std::nullopt;
}

void program::kill() {
  ::kill(pid_, SIGKILL);
  wait();
}

scratch_directory::scratch_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "leat-e2e-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"cannot make a directory for the test"};
  path_ = pattern;
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> committed_rows(const std::string& directory) {
  std::vector<std::string> rows;
  if (!std::filesystem::exists(directory)) return rows;
  for (const auto& entry : std::filesystem::directory_iterator{directory}) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || !name.ends_with(".csv")) continue;  // as the shell's *.csv
    std::ifstream file{entry.path()};
    std::string row;
    std::getline(file, row);
    while (std::getline(file, row)) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}
