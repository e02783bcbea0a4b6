#include "completion.hpp"

#include <leat/core/assert.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace leat {
namespace {

enum class value_kind { none, choice, path, directory, other };

value_kind kind_of(const option_description& o) {
  if (!o.choices.empty()) return value_kind::choice;
  if (o.placeholder.empty()) return value_kind::none;
  if (o.placeholder == "DIR") return value_kind::directory;
  return o.placeholder == "FILE" || o.placeholder == "FILE_OR_DIR" ? value_kind::path : value_kind::other;
}

/// The program's name as part of a function's.
std::string identifier(std::string name) {
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::string replaced(std::string_view text, char from, std::string_view to) {
  std::string out;
  for (const char c : text)
    if (c == from)
      out += to;
    else
      out += c;
  return out;
}

/// 'text', for bash and zsh.
std::string quoted(std::string_view text) { return "'" + replaced(text, '\'', "'\\''") + "'"; }

template <class Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> names;
  for (const auto& i : items) names.push_back(i.name);
  return names;
}

std::string words(const std::vector<std::string>& list) { return fmt::format("{}", fmt::join(list, " ")); }

// ---- bash

/// The branch that completes the value of an option; nothing if that is for the user to say.
std::string bash_value(const option_description& o) {
  switch (kind_of(o)) {
    case value_kind::choice: return fmt::format("words={}", quoted(words(o.choices)));
    case value_kind::path: return "paths=-f";
    case value_kind::directory: return "paths=-d";
    case value_kind::other: return "return";
    case value_kind::none: break;
  }
  return {};
}

std::string bash_script(const program_description& p) {
  std::string values;
  std::string options;
  for (const auto& c : p.commands) {
    std::vector<std::string> names = names_of(options_of(p, c));
    names.insert(names.end(), c.words.begin(), c.words.end());
    names.emplace_back("--help");
    options += fmt::format("        {}) words={} ;;\n", quoted(c.name), quoted(words(names)));
    for (const auto& o : options_of(p, c))
      if (const std::string value = bash_value(o); !value.empty())
        values += fmt::format("    {}) {} ;;\n", quoted(c.name + " " + o.name), value);
  }
  return fmt::format(R"(# Completion of {name} for bash, printed by '{name} completion bash'.
_{id}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD - 1]}} command=${{COMP_WORDS[1]}}
  local words='' paths=''
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  if [[ $command == -* ]]; then
    command={first}
  elif ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W {commands} -- "$word")
    return
  fi
  case "$command $option" in
{values}    *)
      case $command in
{options}      esac
      if ((COMP_CWORD == 1)); then words+=' --version'; fi
      ;;
  esac
  if [[ $paths ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$paths" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}}
complete -F _{id} {name}
)",
                     fmt::arg("name", p.name), fmt::arg("id", identifier(p.name)),
                     fmt::arg("first", quoted(p.commands.front().name)),
                     fmt::arg("commands", quoted(words(names_of(p.commands)))), fmt::arg("values", values),
                     fmt::arg("options", options));
}

// ---- zsh

/// Text inside an argument of _arguments, where brackets and colons have a meaning.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_argument(const option_description& o) {
  const std::string start = fmt::format("[{}]", zsh_text(o.help));
  const std::string value = fmt::format(":{}:", zsh_text(o.placeholder));
  switch (kind_of(o)) {
    case value_kind::choice: return quoted(o.name + "=" + start + value + "(" + words(o.choices) + ")");
    case value_kind::path: return quoted(o.name + "=" + start + value + "_files");
    case value_kind::directory: return quoted(o.name + "=" + start + value + "_files -/");
    case value_kind::other: return quoted(o.name + "=" + start + value + " ");
    case value_kind::none: break;
  }
  return quoted(o.name + start);
}

std::string zsh_script(const program_description& p) {
  std::string commands;
  std::string cases;
  for (const auto& c : p.commands) {
    commands += fmt::format("    {}\n", quoted(zsh_text(c.name) + ":" + zsh_text(c.help)));
    cases += fmt::format("    {})\n      _arguments '--help[Show the options]'", quoted(c.name));
    for (const auto& o : options_of(p, c)) cases += " \\\n        " + zsh_argument(o);
    if (!c.words.empty()) cases += fmt::format(" \\\n        {}", quoted("1:word:(" + words(c.words) + ")"));
    cases += "\n      ;;\n";
  }
  return fmt::format(R"(#compdef {name}
# Completion of {name} for zsh, printed by '{name} completion zsh'.
_{id}() {{
  local command=$words[2]
  local -a commands=(
{commands}  )
  if [[ $command == -* ]]; then
    command={first}
  elif (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  else
    shift words
    (( CURRENT-- ))
  fi
  case $command in
{cases}  esac
}}
# Read from the completion path, this file is the function's body; sourced, it makes the function known.
if [[ $funcstack[1] == _{id} ]]; then
  _{id} "$@"
else
  compdef _{id} {name}
fi
)",
                     fmt::arg("name", p.name), fmt::arg("id", identifier(p.name)),
                     fmt::arg("first", quoted(p.commands.front().name)), fmt::arg("commands", commands),
                     fmt::arg("cases", cases));
}

// ---- fish

std::string fish_quoted(std::string_view text) {
  return "'" + replaced(replaced(text, '\\', "\\\\"), '\'', "\\'") + "'";
}

std::string fish_value(const option_description& o) {
  switch (kind_of(o)) {
    case value_kind::choice: return " -x -a " + fish_quoted(words(o.choices));
    case value_kind::path: return " -r -F";
    case value_kind::directory: return " -x -a '(__fish_complete_directories)'";
    case value_kind::other: return " -x";
    case value_kind::none: break;
  }
  return {};
}

std::string fish_script(const program_description& p) {
  std::string script =
      fmt::format("# Completion of {0} for fish, printed by '{0} completion fish'.\ncomplete -c {0} -f\n", p.name);
  std::vector<std::string> others = names_of(p.commands);
  others.erase(others.begin());
  for (const auto& c : p.commands) {
    const std::string here = &c == &p.commands.front()
                                 ? fmt::format("not __fish_seen_subcommand_from {}", words(others))
                                 : fmt::format("__fish_seen_subcommand_from {}", c.name);
    script += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n", p.name, fish_quoted(c.name),
                          fish_quoted(c.help));
    if (!c.words.empty())
      script += fmt::format("complete -c {} -n {} -a {}\n", p.name, fish_quoted(here), fish_quoted(words(c.words)));
    for (const auto& o : options_of(p, c))
      script += fmt::format("complete -c {} -n {} -l {}{} -d {}\n", p.name, fish_quoted(here),
                            o.name.substr(o.name.find_first_not_of('-')), fish_value(o), fish_quoted(o.help));
  }
  script += fmt::format("complete -c {0} -l help -d 'Show the options'\n", p.name);
  script += fmt::format("complete -c {0} -n __fish_use_subcommand -l version -d 'Show the version'\n", p.name);
  return script;
}

}  // namespace

std::string completion_script(std::string_view shell, const program_description& p) {
  LEAT_ASSERT(!p.commands.empty(), "the first command is the one that runs when none is named");
  if (shell == "bash") return bash_script(p);
  if (shell == "zsh") return zsh_script(p);
  LEAT_ASSERT(shell == "fish", "a shell of the list");
  return fish_script(p);
}

}  // namespace leat
