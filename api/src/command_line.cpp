#include "command_line.hpp"

#include <leat/core/duration.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <functional>
#include <numeric>

#include "completion.hpp"
#include "manual_page.hpp"

namespace leat {
namespace {

/// Number of single-letter changes between two words. Source: Levenshtein 1966; Wagner and Fischer 1974.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

/// " Did you mean --state-dir?", or nothing if no name is near.
std::string suggestion(std::string_view wrong, const std::vector<std::string>& names) {
  const auto nearest = std::min_element(names.begin(), names.end(), [&](const auto& x, const auto& y) {
    return edit_distance(wrong, x) < edit_distance(wrong, y);
  });
  if (nearest == names.end() || edit_distance(wrong, *nearest) > std::max<std::size_t>(2, wrong.size() / 3)) return {};
  return " Did you mean " + *nearest + "?";
}

std::string joined(const std::vector<std::string>& words, const char* between = ", ") {
  std::string text;
  for (const auto& w : words) text += (text.empty() ? "" : between) + w;
  return text;
}

/// Why `text` is not accepted where only `choices` are; where there are none, everything is.
std::optional<std::string> none_of(const std::vector<std::string>& choices, const std::string& text) {
  if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) return std::nullopt;
  return "'" + text + "' is none of " + joined(choices);
}

/// What is wrong with the values of an option, by the message of CLI11, which begins with the option's name.
std::string wrong_number_of_values(const std::string& message) {
  const std::string name = message.substr(0, message.find(':'));
  const bool twice = message.find("required but received") != std::string::npos;
  return name + (twice ? " is given more than once." : " needs a value.");
}

/// The options that every job has, as ordinary options.
void add_job_options(command& c, job_settings& s, const std::string& default_directory) {
  s.state_directory = default_directory;
  c.option("--parallelism", s.parallelism, "Subtasks of each operator; default: one per core").placeholder("N");
  c.option("--max-parallelism", s.max_parallelism, "Number of key groups, fixed for the life of the state")
      .placeholder("N");
  c.option("--state-dir", s.state_directory,
           "Where checkpoints lie; the same command resumes from them. 'none' keeps them in memory. Default: " +
               default_directory)
      .placeholder("DIR");
  c.option("--checkpoint-interval", s.checkpoint_interval,
           "Time between checkpoints, for example 500ms; default: 10s. 0s: only one, at the end of the input")
      .placeholder("TIME");
  c.option("--checkpoints-retained", s.checkpoints_retained, "Complete checkpoints to keep; default: 3")
      .placeholder("N");
  c.option(
       "--restart", s.restart,
       "When to try again after a failure: none, fixed-delay:ATTEMPTS:DELAY, exponential-delay:FIRST:LONGEST:CALM or "
       "failure-rate:FAILURES:INTERVAL:DELAY; default: fixed-delay:3:1s")
      .placeholder("STRATEGY");
  c.option("--metrics-port", s.metrics_port, "Serve Prometheus metrics on 127.0.0.1:PORT/metrics; 0: any free port")
      .placeholder("PORT");
  c.option("--threads", s.threads, "Threads that run operators; default: one per core").placeholder("N");
  c.option("--batch-records", s.batch_records, "Most records in a batch; default: by record size, up to 2048")
      .placeholder("N");
  c.option("--progress", s.progress, "Show a line of progress: auto (on a terminal), always or never")
      .one_of({"auto", "always", "never"});
  c.option("--log-level", s.log_level, "debug, info, warning or error; default: warning")
      .one_of({"debug", "info", "warning", "error"});
  c.option("--log-format", s.log_format, "text, or json for one object a line; default: text").one_of({"text", "json"});
}

constexpr const char* exit_codes =
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by a signal (run the same command to resume).";
constexpr const char* version = "leat " LEAT_VERSION;

/// The commands that every application has, unless it has one of that name itself.
std::vector<command_description> standard_commands() {
  command_description completion{"completion", "Prints a completion script for bash, zsh or fish.", {}};
  completion.words.assign(completion_shells.begin(), completion_shells.end());
  return {completion, {"manual", "Prints the manual page, for 'man -l -'.", {}}};
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

}  // namespace

int usage_error(const std::string& shown, const std::string& what) {
  std::fprintf(stderr, "%s: %s\nTry '%s --help'.\n", shown.c_str(), what.c_str(), shown.c_str());
  return 2;
}

result<restart_strategy> parse_restart_strategy(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(':', at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  const error wrong{errc::invalid_argument,
                    "'" + std::string{text} +
                        "' is no restart strategy; it must be none, fixed-delay:ATTEMPTS:DELAY, "
                        "exponential-delay:FIRST:LONGEST:CALM or failure-rate:FAILURES:INTERVAL:DELAY, "
                        "for example fixed-delay:3:1s"};
  if (parts == std::vector<std::string>{"none"}) return restart_strategy::none();
  std::uint32_t count = 0;
  const auto time = [&](std::size_t i) {
    return i < parts.size() ? parse_duration(parts[i]) : result<duration>{wrong};
  };
  if (parts[0] == "fixed-delay" && parts.size() == 3 && !parse_option(parts[1], count) && time(2))
    return restart_strategy::fixed_delay(count, *time(2));
  if (parts[0] == "exponential-delay" && parts.size() == 4 && time(1) && time(2) && time(3))
    return restart_strategy::exponential_delay(*time(1), *time(2), *time(3));
  if (parts[0] == "failure-rate" && parts.size() == 4 && !parse_option(parts[1], count) && time(2) && time(3))
    return restart_strategy::failure_rate(count, *time(2), *time(3));
  return wrong;
}

std::string command_line::placeholder_of(const option& o) {
  if (!o.placeholder_.empty()) return o.placeholder_;
  return o.choices_.empty() ? "TEXT" : joined(o.choices_, "|");
}

program_description command_line::describe(const application& app) {
  const auto words_of = [](const command& c) {
    std::vector<option_description> options;
    for (const auto& o : c.options_) {
      option_description d{o->name_, o->help_, o->placeholder_, o->choices_};
      if (o->flag_ == nullptr) d.placeholder = placeholder_of(*o);
      options.push_back(std::move(d));
    }
    return options;
  };
  program_description p{app.name_, app.help_, version, exit_codes, {}, {}};
  for (const auto& c : app.commands_)
    p.commands.push_back({c->name_, c->help_, words_of(*c), {}, static_cast<bool>(c->describe_)});
  for (auto& standard : standard_commands()) {
    const bool taken = std::any_of(app.commands_.begin(), app.commands_.end(),
                                   [&](const auto& c) { return c->name_ == standard.name; });
    if (!taken) p.commands.push_back(std::move(standard));
  }
  command any{"COMMAND", {}};
  job_settings unused;
  add_job_options(any, unused, app.name_ + "-state; of other commands than the first: " + app.name_ + "-COMMAND-state");
  p.job_options = words_of(any);
  return p;
}

command_line::choice command_line::read(application& app, int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  // "run" is what an application does when not told otherwise.
  const bool names_command = !arguments.empty() && (!arguments[0].starts_with("-") || arguments[0] == "--help" ||
                                                    arguments[0] == "-h" || arguments[0] == "--version");
  if (!names_command && !app.commands_.empty()) arguments.insert(arguments.begin(), app.commands_.front()->name_);

  CLI::App cli{app.help_, app.name_};
  cli.require_subcommand(1);
  cli.set_version_flag("--version", std::string{version});
  cli.footer(std::string{"'"} + app.name_ +
             " COMMAND --help' tells more. Without a command: " + app.commands_.front()->name_ + ".\n" + exit_codes);
  choice chosen;
  std::deque<std::string> problems;
  std::vector<std::pair<CLI::App*, command*>> subcommands;
  for (auto& c : app.commands_) {
    auto* sub = cli.add_subcommand(c->name_, c->help_);
    sub->footer(exit_codes);
    subcommands.emplace_back(sub, c.get());
    if (!arguments.empty() && arguments[0] == c->name_ && c->describe_)
      add_job_options(*c, chosen.settings, app.name_ + (c == app.commands_.front() ? "" : "-" + c->name_) + "-state");
    for (auto& o : c->options_) {
      if (o->flag_ != nullptr) {
        sub->add_flag(o->name_, *o->flag_, o->help_);
        continue;
      }
      auto* added = sub->add_option_function<std::string>(
          o->name_,
          [&problems, option = o.get()](const std::string& text) {
            auto why = none_of(option->choices_, text);
            if (!why) why = option->parse_(text);
            if (why) problems.push_back(option->name_ + ": " + *why);
          },
          o->help_);
      added->type_name(placeholder_of(*o));
      if (o->required_) added->required();
    }
  }
  const program_description described = describe(app);
  std::vector<std::string> command_names;
  for (const auto& c : described.commands) command_names.push_back(c.name);
  std::string word;
  for (std::size_t i = app.commands_.size(); i < described.commands.size(); ++i) {
    const command_description& c = described.commands[i];
    auto* sub = cli.add_subcommand(c.name, c.help);
    sub->footer(exit_codes);
    const auto take_word = [&word, &problems, words = c.words](const std::string& text) {
      if (auto why = none_of(words, text)) problems.push_back(*why);
      word = text;
    };
    if (!c.words.empty()) sub->add_option_function<std::string>("SHELL", take_word)->type_name("")->required();
    subcommands.emplace_back(sub, nullptr);
  }
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  const std::string shown = app.name_ + (arguments.empty() || arguments[0].starts_with("-") ? "" : " " + arguments[0]);
  try {
    cli.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    std::vector<std::string> names;
    std::string extra = arguments[0];
    for (auto& [sub, c] : subcommands) {
      if (!sub->parsed()) continue;
      for (const auto* o : sub->get_options()) names.push_back(o->get_name());
      const auto left = sub->remaining();
      extra = left.empty() ? extra : left.front();
    }
    if (names.empty()) {
      chosen.exit_code =
          usage_error(app.name_, "there is no command '" + extra + "'." + suggestion(extra, command_names) +
                                     " Commands: " + joined(command_names) + ".");
    } else {
      chosen.exit_code = usage_error(shown, "there is no option '" + extra + "'." + suggestion(extra, names));
    }
    return chosen;
  } catch (const CLI::CallForHelp&) {
    for (auto& [sub, c] : subcommands)
      if (sub->parsed()) return print(sub->help(app.name_)), chosen.exit_code = 0, chosen;
    print(cli.help());
    chosen.exit_code = 0;
    return chosen;
  } catch (const CLI::Success& e) {
    chosen.exit_code = cli.exit(e);
    return chosen;
  } catch (const CLI::ArgumentMismatch& e) {
    chosen.exit_code = usage_error(shown, wrong_number_of_values(e.what()));
    return chosen;
  } catch (const CLI::ParseError& e) {
    const bool known = !arguments.empty() &&
                       std::find(command_names.begin(), command_names.end(), arguments[0]) != command_names.end();
    if (known)
      chosen.exit_code = usage_error(shown, e.what() + std::string{"."});
    else
      chosen.exit_code =
          usage_error(app.name_, "there is no command '" + (arguments.empty() ? "" : arguments[0]) + "'." +
                                     suggestion(arguments.empty() ? "" : arguments[0], command_names) +
                                     " Commands: " + joined(command_names) + ".");
    return chosen;
  }
  for (auto& [sub, c] : subcommands)
    if (sub->parsed()) chosen.command = c;
  if (chosen.command == nullptr && problems.empty()) {
    print(word.empty() ? manual_page(described) : completion_script(word, described));
    chosen.exit_code = 0;
  }
  if (!problems.empty()) chosen.exit_code = usage_error(shown, problems.front() + ".");
  return chosen;
}

}  // namespace leat
