#include "app/completion.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <functional>

#include "base/text.h"

namespace shoal {
namespace {

/// Calls `visit` for the app and every visible subcommand below it, with the
/// words that lead there ("shoal", "shoal run").
void walk(const CLI::App& app, const std::string& path,
          const std::function<void(const CLI::App&, const std::string&)>& visit) {
  visit(app, path);
  for (const CLI::App* const subcommand : visible_subcommands(app)) {
    walk(*subcommand, path + " " + subcommand->get_name(), visit);
  }
}

std::string words_action(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list.append(list.empty() ? "" : " ").append(word);
  return fmt::format("_shoal_words {}", shell_quoted(list));
}

std::string operand_action(const CLI::Option& option, const OptionChoices& choices) {
  switch (operand_kind(option, choices)) {
    case OperandKind::choice:
      return words_action(choices_of(option, choices));
    case OperandKind::file:
      return "_shoal_paths -f";
    case OperandKind::folder:
      return "_shoal_paths -d";
    case OperandKind::none:
    case OperandKind::other:
      return ":";
  }
  return ":";
}

/// "'shoal run|-j'|'shoal run|--jobs'": what stands before an option's operand.
std::string option_patterns(const std::string& path, const CLI::Option& option) {
  std::string patterns;
  for (const std::string& name : names_of(option)) {
    patterns += fmt::format("{}'{}|{}'", patterns.empty() ? "" : "|", path, name);
  }
  return patterns;
}

bool takes_operand(const CLI::Option& option) {
  return option.nonpositional() && option.get_items_expected_max() > 0;
}

/// The body of a `case` over "command|option before the word".
std::string operand_cases(const CLI::App& app, const OptionChoices& choices) {
  std::string cases;
  walk(app, app.get_name(), [&](const CLI::App& command, const std::string& path) {
    for (const CLI::Option* const option : visible_options(command)) {
      if (!takes_operand(*option)) continue;
      cases += fmt::format("    {}) {}; return ;;\n", option_patterns(path, *option),
                           operand_action(*option, choices));
    }
  });
  return cases;
}

/// The patterns of all options with an operand, to step over it.
std::string all_operand_patterns(const CLI::App& app) {
  std::string patterns;
  walk(app, app.get_name(), [&](const CLI::App& command, const std::string& path) {
    for (const CLI::Option* const option : visible_options(command)) {
      if (!takes_operand(*option)) continue;
      patterns.append(patterns.empty() ? "" : "|").append(option_patterns(path, *option));
    }
  });
  return patterns.empty() ? "''" : patterns;
}

std::string subcommand_patterns(const CLI::App& app) {
  std::string patterns;
  walk(app, app.get_name(), [&](const CLI::App& /*command*/, const std::string& path) {
    if (path != app.get_name())
      patterns += fmt::format("{}'{}'", patterns.empty() ? "" : "|", path);
  });
  return patterns.empty() ? "''" : patterns;
}

std::string option_cases(const CLI::App& app) {
  std::string cases;
  walk(app, app.get_name(), [&](const CLI::App& command, const std::string& path) {
    std::vector<std::string> names;
    for (const CLI::Option* const option : visible_options(command)) {
      for (std::string& name : names_of(*option)) names.push_back(std::move(name));
    }
    cases += fmt::format("      '{}') {} ;;\n", path, words_action(names));
  });
  return cases;
}

/// Subcommands where there are some, else what the first positional takes.
std::string word_cases(const CLI::App& app, const OptionChoices& choices) {
  std::string cases;
  walk(app, app.get_name(), [&](const CLI::App& command, const std::string& path) {
    std::vector<std::string> names;
    for (const CLI::App* const subcommand : visible_subcommands(command)) {
      names.push_back(subcommand->get_name());
    }
    std::string action = words_action(names);
    if (names.empty()) {
      const std::vector<const CLI::Option*> options = visible_options(command);
      const auto positional =
          std::find_if(options.begin(), options.end(),
                       [](const CLI::Option* option) { return option->get_positional(); });
      action = positional == options.end() ? ":" : operand_action(**positional, choices);
    }
    cases += fmt::format("    '{}') {} ;;\n", path, action);
  });
  return cases;
}

/// Parameters: the program's name, and the parts above. bash splits words at
/// "=" (COMP_WORDBREAKS), so "--mode=se" arrives as three words.
constexpr std::string_view kScript =
    R"script(# Completion of {0} for bash. Generated: {0} completion bash
_shoal_words() {{
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}}
_shoal_paths() {{
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}}
_shoal() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous='' command='{0}' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    previous=${{COMP_WORDS[i]}}
    case "$command|${{COMP_WORDS[i-1]}}" in
      {1}) continue ;;
    esac
    case "$command $previous" in
      {2}) command="$command $previous" ;;
    esac
  done
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = ]]; then
    previous=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  case "$command|$previous" in
{3}  esac
  if [[ $current == -* ]]; then
    case "$command" in
{4}    esac
    return
  fi
  case "$command" in
{5}  esac
}}
complete -F _shoal {0}
)script";

}  // namespace

std::string bash_completion(const CLI::App& app, const OptionChoices& choices) {
  return fmt::format(kScript, app.get_name(), all_operand_patterns(app), subcommand_patterns(app),
                     operand_cases(app, choices), option_cases(app), word_cases(app, choices));
}

}  // namespace shoal
