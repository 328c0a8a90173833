#include "app/man_page.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <string_view>

#include "app/option_walk.h"

namespace shoal {
namespace {

/// Text with the characters that groff would set otherwise (groff_char(7)).
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '"':
        out += "\\(dq";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return fmt::format("\\fB{}\\fR", escaped(text)); }
std::string italic(std::string_view text) { return fmt::format("\\fI{}\\fR", escaped(text)); }

/// A line that groff does not take for a request, whatever it begins with.
std::string text_line(std::string_view escaped_text) {
  const bool like_a_request = escaped_text.starts_with('.') || escaped_text.starts_with('\'');
  return fmt::format("{}{}\n", like_a_request ? "\\&" : "", escaped_text);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Paragraphs at empty lines; indented lines unfilled, as examples need it.
std::string paragraphs(std::string_view text) {
  std::string out;
  bool example = false;
  bool gap = false;
  for (const std::string_view line : lines_of(text)) {
    if (line.find_first_not_of(' ') == std::string_view::npos) {
      gap = !out.empty();
      continue;
    }
    const bool indented = line.starts_with(' ');
    if (example && !indented) out += ".EE\n.RE\n";
    if (gap && !(example && indented)) out += ".PP\n";
    if (gap && example && indented) out += "\n";
    if (indented && !example) out += ".RS 4\n.EX\n";
    out += text_line(escaped(indented ? line.substr(line.find_first_not_of(' ')) : line));
    example = indented;
    gap = false;
  }
  return example ? out + ".EE\n.RE\n" : out;
}

std::string heading(std::string_view macro, std::string_view title) {
  return fmt::format(".{} \"{}\"\n", macro, escaped(title));
}

/// "-j, --jobs N", or a positional's name.
std::string option_tag(const CLI::Option& option) {
  std::string tag;
  for (const std::string& name : names_of(option)) {
    tag += (tag.empty() ? "" : ", ") + bold(name);
  }
  if (tag.empty()) return italic(option.get_name(true));
  const std::string operand = operand_name(option);
  return operand.empty() ? tag : tag + " " + italic(operand);
}

std::string sentence(std::string_view text) {
  std::string out = escaped(text);
  if (!out.empty() && out.back() != '.') out += '.';
  return out;
}

std::string option_entry(const CLI::Option& option) {
  std::string entry = ".TP\n" + text_line(option_tag(option));
  entry += text_line(sentence(option.get_description()));
  std::string values;
  for (const std::string& value : choices_of(option, {})) {
    values += (values.empty() ? "" : ", ") + bold(value);
  }
  if (!values.empty()) entry += fmt::format("One of {}.\n", values);
  const std::string standard = option.get_default_str();
  const bool is_flag = option.get_items_expected_max() == 0;
  if (!standard.empty() && !is_flag) entry += fmt::format("Default: {}.\n", bold(standard));
  if (!option.get_envname().empty()) {
    entry += fmt::format("Environment: {}.\n", bold(option.get_envname()));
  }
  return entry;
}

/// Positionals first, then the options in their groups.
std::string option_entries(const CLI::App& app) {
  std::string entries;
  std::vector<std::string> groups;
  const std::vector<const CLI::Option*> options = visible_options(app);
  for (const CLI::Option* const option : options) {
    if (!option->nonpositional()) {
      entries += option_entry(*option);
    } else if (std::find(groups.begin(), groups.end(), option->get_group()) == groups.end()) {
      groups.push_back(option->get_group());
    }
  }
  for (const std::string& group : groups) {
    if (group != "Options") entries += ".PP\n" + bold(group) + "\n";
    for (const CLI::Option* const option : options) {
      if (option->nonpositional() && option->get_group() == group) entries += option_entry(*option);
    }
  }
  return entries;
}

std::string synopsis(const CLI::App& app, const std::string& path) {
  std::string line = bold(path);
  const std::vector<const CLI::Option*> options = visible_options(app);
  const auto has_name = [](const CLI::Option* option) { return option->nonpositional(); };
  if (std::any_of(options.begin(), options.end(), has_name)) {
    line += " [" + italic("OPTION") + "]...";
  }
  for (const CLI::Option* const option : options) {
    if (has_name(option)) continue;
    std::string name = italic(option->get_name(true));
    if (option->get_items_expected_max() > 1) name += "...";
    line += option->get_required() ? " " + name : " [" + name + "]";
  }
  if (!visible_subcommands(app).empty()) line += " " + italic("COMMAND") + " ...";
  return line;
}

std::string subcommand_part(const CLI::App& app, const std::string& path) {
  std::string part = heading("SS", path);
  part += text_line(synopsis(app, path)) + ".PP\n" + paragraphs(app.get_description());
  part += option_entries(app);
  if (!app.get_footer().empty()) part += ".PP\n" + paragraphs(app.get_footer());
  for (const CLI::App* const subcommand : visible_subcommands(app)) {
    part += subcommand_part(*subcommand, path + " " + subcommand->get_name());
  }
  return part;
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

/// The first line of a description, for the index of manual pages (whatis(1)).
std::string whatis(const CLI::App& app) {
  const std::string description = app.get_description();
  std::string first = description.substr(0, description.find('\n'));
  if (first.ends_with('.')) first.pop_back();
  return first;
}

}  // namespace

std::string man_page(const CLI::App& app, const ManPageFacts& facts) {
  const std::string& name = app.get_name();
  std::string page =
      fmt::format(".TH \"{}\" \"1\" \"{}\" \"{}\" \"User Commands\"\n", escaped(upper_case(name)),
                  escaped(facts.date), escaped(facts.version));
  page += heading("SH", "NAME") + fmt::format("{} \\- {}\n", escaped(name), escaped(whatis(app)));
  page += heading("SH", "SYNOPSIS") + text_line(synopsis(app, name));
  page += heading("SH", "DESCRIPTION") + paragraphs(app.get_description());
  page += heading("SH", "OPTIONS") + option_entries(app);
  const std::vector<const CLI::App*> subcommands = visible_subcommands(app);
  if (!subcommands.empty()) page += heading("SH", "COMMANDS");
  for (const CLI::App* const subcommand : subcommands) {
    page += subcommand_part(*subcommand, name + " " + subcommand->get_name());
  }
  for (const ManSection& section : facts.sections) {
    page += heading("SH", section.title) + paragraphs(section.text);
  }
  if (!app.get_footer().empty()) page += heading("SH", "NOTES") + paragraphs(app.get_footer());
  return page;
}

}  // namespace shoal
