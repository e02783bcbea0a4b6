#pragma once

#include <string>
#include <vector>

namespace leat {

/// An option of a command line, in words.
struct option_description {
  std::string name;         ///< with its dashes
  std::string help;         ///< one sentence
  std::string placeholder;  ///< stands for the value; empty: the option has none
  std::vector<std::string> choices;
};

struct command_description {
  std::string name;
  std::string help;
  std::vector<option_description> options;  ///< of its own
  std::vector<std::string> words{};         ///< what may follow without an option's name
  bool job = false;                         ///< it has the options of every job, too
};

/// The command line of an application, for the manual page and for shell completion.
struct program_description {
  std::string name;
  std::string help;
  std::string version;
  std::string exit_codes;
  std::vector<command_description> commands;  ///< the first is what runs when none is named
  std::vector<option_description> job_options;
};

/// All options that `c` takes, but --help.
[[nodiscard]] std::vector<option_description> options_of(const program_description& p, const command_description& c);

}  // namespace leat
