#include "manual_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace leat {
namespace {

/// Text that troff takes as it stands; a dash stays the dash that a shell reads.
std::string plain(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out = "\\&";
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string without_stop(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string paragraphs(const std::vector<option_description>& options) {
  std::string page;
  for (const auto& o : options) {
    page += o.placeholder.empty() ? fmt::format(".TP\n.B {}\n", plain(o.name))
                                  : fmt::format(".TP\n.BI {} \" {}\"\n", plain(o.name), plain(o.placeholder));
    page += plain(o.help) + (o.help.ends_with('.') ? "\n" : ".\n");
  }
  return page;
}

/// "run and rule", in bold.
std::string job_names(const program_description& p) {
  std::vector<std::string> names;
  for (const auto& c : p.commands)
    if (c.job) names.push_back(fmt::format("\\fB{}\\fR", plain(c.name)));
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

}  // namespace

std::string manual_page(const program_description& p) {
  std::string page =
      fmt::format(".TH {} 1 \"\" \"{}\" \"User Commands\"\n.nh\n.ad l\n", plain(upper(p.name)), plain(p.version));
  page += fmt::format(".SH NAME\n{} \\- {}\n", plain(p.name), plain(without_stop(p.help)));
  page += fmt::format(".SH SYNOPSIS\n.B {}\n.RI [ COMMAND ]\n.RI [ OPTIONS ]\n", plain(p.name));
  page += fmt::format(".SH DESCRIPTION\n{}\n.PP\nWithout a command, \\fB{}\\fR is meant.\n", plain(p.help),
                      plain(p.commands.front().name));
  page += ".SH COMMANDS\n";
  for (const auto& c : p.commands) {
    std::string name = plain(c.name);
    for (const auto& w : c.words) name += (w == c.words.front() ? " " : "|") + plain(w);
    page += fmt::format(".SS {}\n{}\n{}", name, plain(c.help), paragraphs(c.options));
  }
  if (const std::string jobs = job_names(p); !jobs.empty())
    page += fmt::format(".SH JOB OPTIONS\nThese are options of {}, too.\n{}", jobs, paragraphs(p.job_options));
  page += fmt::format(".SH EXIT STATUS\n{}\n", plain(p.exit_codes));
  return page;
}

}  // namespace leat
