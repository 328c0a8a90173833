#include "job/known_shell.h"

#include <algorithm>
#include <array>

#include "job/builtins.h"
#include "job/characters.h"
#include "job/variable_names.h"

namespace shoal {
namespace {

using Words = std::span<const StateWord>;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// `base/path` without `.`, empty names and, as bash does by default, with
/// `..` taken away from the text.
std::string joined_folder(std::string_view base, std::string_view path) {
  std::string folder(path.starts_with('/') ? std::string_view("/") : base);
  const bool absolute = path.starts_with('/') || base.starts_with('/');
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (name.empty() || name == ".") continue;
    const std::size_t last = folder.rfind('/') + 1;  // 0 when there is no slash
    const bool can_go_up = !folder.empty() && std::string_view(folder).substr(last) != "..";
    if (name == ".." && (can_go_up || absolute)) {
      folder.resize(last == 0 ? 0 : std::max<std::size_t>(last - 1, absolute ? 1 : 0));
    } else {
      if (!folder.empty() && !folder.ends_with('/')) folder += '/';
      folder += name;
    }
  }
  return folder;
}

/// `alias`, but not as a part of `expand_aliases`.
bool mentions_alias(std::string_view text) {
  constexpr std::string_view kOption = "expand_";
  for (std::size_t at = text.find("alias"); at != std::string_view::npos;
       at = text.find("alias", at + 1)) {
    if (!text.substr(0, at).ends_with(kOption)) return true;
  }
  return false;
}

/// Whether the text holds this word, not as a part of a longer name.
bool mentions_word(std::string_view text, std::string_view word) {
  const auto extends_name = [](char c) { return is_name_character(c) || c == '-'; };
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !extends_name(text[at - 1])) &&
        (end == text.size() || !extends_name(text[end]))) {
      return true;
    }
  }
  return false;
}

std::size_t word_begin(std::string_view text, std::size_t at) {
  return text.substr(0, at).find_last_of(" \t\n;&|(){}") + 1;  // 0 when there is none
}

/// Whether a program's name may begin behind `before`: at a line's start, an
/// operator, a reserved word or an assignment. Yes, where quotes hide it.
bool command_may_begin_behind(std::string_view before) {
  const std::size_t last = before.find_last_not_of(" \t\"'");
  if (last == std::string_view::npos) return true;
  if (contains("\n;&|(){}!`", before.substr(last, 1))) return true;
  const std::string_view word = before.substr(0, last + 1).substr(word_begin(before, last));
  return is_reserved(program_kind(word)) || word == "builtin" || word == "command" ||
         (name_length(word, 0) > 0 && contains(word, "="));
}

/// Whether an opaque line may leave the shell in another folder: it names a
/// builtin that goes there, or runs a text or a program that is computed.
bool may_change_folder(std::string_view text) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"cd", "pushd", "popd", "eval", "source"});
  const auto mentioned = [&](std::string_view word) { return mentions_word(text, word); };
  if (std::ranges::any_of(kWords, mentioned)) return true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool computes = text[at] == '$' || text[at] == '`';
    const bool dot = text[at] == '.' && at + 1 < text.size() && is_blank(text[at + 1]);
    if (!computes && !dot) continue;
    const std::size_t begin = word_begin(text, at);
    const bool assigned = contains(text.substr(begin, at - begin), "=");
    if (!assigned && command_may_begin_behind(text.substr(0, begin))) return true;
  }
  return false;
}

bool any_unknown(Words words) {
  return std::ranges::any_of(words, [](const StateWord& word) { return word.unknown_value; });
}

/// `set -e`, `set -u +e`, `set -o errexit`, wherever they stand in the text.
bool mentions_error_exit(std::string_view text) {
  if (contains(text, "errexit")) return true;
  constexpr std::string_view kSet = "set ";
  for (std::size_t at = text.find(kSet); at != std::string_view::npos; at = text.find(kSet)) {
    const bool whole_word = at == 0 || !is_name_character(text[at - 1]);
    text.remove_prefix(at + kSet.size());
    while (whole_word &&
           (text.starts_with('-') || text.starts_with('+') || text.starts_with(' '))) {
      const std::size_t end = std::min(text.find_first_of(" \t\n;&|)}\"'"), text.size());
      if (text.substr(0, end) == "--") break;
      if (contains(text.substr(0, end), "e")) return true;
      text.remove_prefix(std::max<std::size_t>(end, 1));
    }
  }
  return false;
}

/// Whether a builtin called so only prints: `export -p`, `umask`.
bool only_prints(std::string_view program, Words arguments) {
  if (arguments.empty()) return program != "cd" && program != "source" && program != ".";
  return arguments.front().text == "-p" && program != "umask" && program != "unset";
}

/// cd looks for it in the folders of CDPATH first.
bool is_searched(std::string_view target) {
  return !target.starts_with('/') && target != "." && target != ".." && !target.starts_with("./") &&
         !target.starts_with("../");
}

}  // namespace

std::optional<std::string_view> KnownShell::value(std::string_view name) {
  if (name == "PWD") return working_folder();
  if (is_special_variable(name)) return std::nullopt;
  const auto found = variables_.find(std::string(name));
  if (found != variables_.end()) return found->second.value;
  return from_environment(name);
}

std::optional<std::string_view> KnownShell::from_environment(std::string_view name) {
  if (!environment_known_ || !environment_) return std::nullopt;
  auto& variable = variables_[std::string(name)];
  variable.value = environment_(name);
  return variable.value;
}

std::optional<std::string_view> KnownShell::working_folder() {
  if (!folder_known_ || !environment_ || folder_.starts_with("..")) return std::nullopt;
  if (folder_.starts_with('/')) return folder_;
  const auto start = environment_("PWD");
  if (!start || !start->starts_with('/')) return std::nullopt;
  working_folder_ = joined_folder(*start, folder_);
  return working_folder_;
}

bool KnownShell::may_be_passed_on(std::string_view name) const {
  if (no_unset_) return false;
  return name == "PWD" || name == "OLDPWD" || !is_special_variable(name);
}

BarrierReason KnownShell::assign(std::string_view name, StateWord value) {
  if (is_special_variable(name) || name == "PWD") {
    other_separators_ = other_separators_ || name == "IFS";
    return BarrierReason::changes_shell;
  }
  Variable& variable = variables_[std::string(name)];
  if (variable.read_only || any_read_only_) return BarrierReason::changes_shell;
  if (value.unknown_value) {
    variable.value.reset();
  } else {
    variable.value = std::string(value.text);
  }
  return BarrierReason::none;
}

BarrierReason KnownShell::apply(Words words) {
  const std::string_view program = words.front().text;
  const Words arguments = words.subspan(1);
  if (only_prints(program, arguments) && !(program == "cd")) return BarrierReason::changes_shell;
  if (program == "export" || program == "readonly" || program == "declare") {
    return declare(arguments, program == "readonly");
  }
  if (any_unknown(arguments)) return BarrierReason::unknown_variable;
  if (program == "unset") return unset(arguments);
  if (program == "cd") return change_folder(arguments);
  if (program == "set") return set_options(arguments);
  if (program == "alias" || program == "unalias") return set_alias(words);
  if (program == "trap") return set_trap(arguments);
  if (program == "source" || program == ".") {
    forget_variables();
    return BarrierReason::none;
  }
  const bool prints = arguments.front().text.starts_with("-a");  // ulimit -a
  return prints ? BarrierReason::changes_shell : BarrierReason::none;
}

/// export, readonly, declare -x: names, with or without values.
BarrierReason KnownShell::declare(Words arguments, bool read_only) {
  for (const StateWord& argument : arguments) {
    const std::string_view text = argument.text;
    const bool first = &argument == arguments.data();
    if (first && (text == "-x" || text == "--") && !argument.unknown_value) continue;
    const std::size_t length = name_length(text, 0);
    const std::string_view name = text.substr(0, length);
    if (length == 0) return BarrierReason::changes_shell;
    if (length == text.size()) {
      if (argument.unknown_value) return BarrierReason::unknown_variable;
    } else {
      if (text[length] != '=') return BarrierReason::changes_shell;
      const BarrierReason reason = assign(name, {text.substr(length + 1), argument.unknown_value});
      if (reason != BarrierReason::none) return reason;
    }
    if (is_special_variable(name)) return BarrierReason::changes_shell;
    if (read_only) {
      value(name);
      variables_[std::string(name)].read_only = true;
    }
  }
  return BarrierReason::none;
}

BarrierReason KnownShell::unset(Words arguments) {
  for (const StateWord& argument : arguments) {
    if (argument.text == "-v" && &argument == arguments.data()) continue;
    const std::size_t length = name_length(argument.text, 0);
    if (length == 0 || length != argument.text.size() || is_special_variable(argument.text) ||
        argument.text == "PWD" || is_function(argument.text)) {
      return BarrierReason::changes_shell;
    }
    Variable& variable = variables_[std::string(argument.text)];
    if (variable.read_only) return BarrierReason::changes_shell;
    variable.value.reset();
  }
  return BarrierReason::none;
}

bool KnownShell::names_a_folder(std::string_view target) {
  if (target.empty() || target.starts_with('-')) return false;
  if (!is_searched(target)) return true;
  const auto path = value("CDPATH");
  return environment_known_ && (!path || path->empty());
}

BarrierReason KnownShell::change_folder(Words arguments) {
  if (!arguments.empty() && arguments.front().text == "--") arguments = arguments.subspan(1);
  std::string_view target;
  if (arguments.empty()) {
    const auto home = value("HOME");
    if (!home || !home->starts_with('/')) return BarrierReason::changes_shell;
    target = *home;
  } else {
    target = arguments.front().text;
  }
  if (arguments.size() > 1 || target.empty() || target.starts_with('-')) {
    return BarrierReason::changes_shell;
  }
  if (is_searched(target)) {
    if (!environment_known_ && !variables_.contains("CDPATH")) {
      folder_known_ = false;
      return BarrierReason::none;
    }
    const auto path = value("CDPATH");
    if (path && !path->empty()) return BarrierReason::changes_shell;
  }
  if (target.starts_with('/')) folder_known_ = true;
  if (folder_known_) folder_ = joined_folder(folder_, target);
  return BarrierReason::none;
}

BarrierReason KnownShell::set_options(Words arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view text = arguments[i].text;
    if (text == "--" || text == "-" || text.empty() || (text[0] != '-' && text[0] != '+')) break;
    const bool on = text[0] == '-';
    for (const char letter : text.substr(1)) {
      BarrierReason reason = BarrierReason::none;
      if (letter == 'o') {
        if (++i >= arguments.size()) return BarrierReason::changes_shell;
        const std::string_view name = arguments[i].text;
        if (name == "errexit")
          reason = set_option('e', on);
        else if (name == "nounset")
          reason = set_option('u', on);
        else if (name == "noglob")
          reason = set_option('f', on);
        else if (name == "xtrace")
          reason = set_option('x', on);
        else if (name == "noclobber")
          reason = set_option('C', on);
        else if (name == "allexport")
          reason = set_option('a', on);
        else if (name != "pipefail")
          reason = BarrierReason::changes_shell;
      } else {
        reason = set_option(letter, on);
      }
      if (reason != BarrierReason::none) return reason;
    }
  }
  return BarrierReason::none;
}

BarrierReason KnownShell::set_option(char letter, bool on) {
  switch (letter) {
    case 'e':
      error_exit_ = on ? ErrorExit::on : ErrorExit::off;
      return BarrierReason::none;
    case 'u':
      no_unset_ = on;
      return BarrierReason::none;
    case 'f':
      no_globs_ = on;
      return BarrierReason::none;
    case 'a':  // the rest does not change what lines mean
    case 'b':
    case 'h':
    case 'm':
    case 'v':
    case 'x':
    case 'C':
    case 'E':
    case 'T':
      return BarrierReason::none;
    default:
      return BarrierReason::changes_shell;
  }
}

BarrierReason KnownShell::set_alias(Words words) {
  const bool removes = words.front().text == "unalias";
  for (const StateWord& argument : words.subspan(1)) {
    const std::size_t equals = argument.text.find('=');
    if (removes && argument.text == "-a") {
      aliases_.clear();
    } else if (removes) {
      aliases_.erase(std::string(argument.text));
    } else if (equals == std::string_view::npos) {
      return BarrierReason::changes_shell;  // prints one
    } else {
      aliases_.emplace(argument.text.substr(0, equals));
    }
  }
  return BarrierReason::none;
}

/// Traps on signals are replayed; those that the shell itself springs (EXIT,
/// ERR, DEBUG) would be sprung in the shell of every later command.
BarrierReason KnownShell::set_trap(Words arguments) {
  constexpr auto kSignals = std::to_array<std::string_view>(
      {"ALRM", "CHLD", "CONT", "HUP", "INT", "PIPE", "QUIT", "TERM", "USR1", "USR2"});
  if (arguments.size() < 2 || arguments.front().text.starts_with('-')) {
    return BarrierReason::changes_shell;
  }
  for (const StateWord& argument : arguments.subspan(1)) {
    std::string_view signal = argument.text;
    if (signal.starts_with("SIG")) signal.remove_prefix(3);
    if (std::ranges::count(kSignals, signal) == 0) return BarrierReason::changes_shell;
  }
  return BarrierReason::none;
}

void KnownShell::forget_variables() {
  std::erase_if(variables_, [](const auto& entry) { return !entry.second.read_only; });
  for (auto& [name, variable] : variables_) variable.value.reset();
  environment_known_ = false;
}

void KnownShell::forget(std::string_view text) {
  forget_variables();
  changes_folders_ = changes_folders_ || may_change_folder(text);
  if (changes_folders_) folder_known_ = false;
  // These only ever make shoal more careful, so a mere mention is enough.
  if (contains(text, "IFS") || contains(text, "eval")) other_separators_ = true;
  if (contains(text, "expand_aliases") || contains(text, "posix")) expands_aliases_ = true;
  if (contains(text, "set") && contains(text, "-")) no_unset_ = true;
  if (mentions_error_exit(text)) error_exit_ = ErrorExit::unknown;
  if (mentions_alias(text)) any_alias_ = true;
  if (contains(text, "readonly") || contains(text, "declare") || contains(text, "typeset")) {
    any_read_only_ = true;
  }
  if (contains(text, "noglob") || contains(text, "set -f")) no_globs_ = true;
}

}  // namespace shoal
