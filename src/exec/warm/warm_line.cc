#include "exec/warm/warm_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "exec/program_search.h"
#include "exec/warm/python_program.h"
#include "job/words.h"

namespace shoal {
namespace {

/// Programs that may stand beside Python's in a line: they start nothing that
/// outlives them, and need nothing of a shell.
constexpr auto kCompanions =
    std::to_array<std::string_view>({"chmod", "cp", "ln", "mkdir", "mv", "rm", "rmdir", "touch"});

/// Variables of Python that a fork server's children obey as fresh
/// interpreters do, since it is started with them itself.
constexpr auto kHarmlessPython = std::to_array<std::string_view>(
    {"PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONNOUSERSITE",
     "PYTHONUNBUFFERED", "PYTHONUTF8"});

/// A variable that changes which code runs, or what is imported from where.
bool decides_about_code(std::string_view name) {
  if (name.starts_with("PYTHON")) return std::ranges::count(kHarmlessPython, name) == 0;
  return name.starts_with("LD_") || name.starts_with("COVERAGE_") || name == "TIMEFORMAT" ||
         name == "BASH_ENV" || name == "ENV" || name == "POSIXLY_CORRECT";
}

/// Beyond those, what a shell does not simply hand on.
bool may_be_assigned(std::string_view name) {
  constexpr auto kOfTheShell = std::to_array<std::string_view>(
      {"PATH", "IFS", "HOME", "PWD", "OLDPWD", "SHLVL", "_", "TZ", "LANG", "EUID", "UID", "PPID",
       "GLOBIGNORE", "SHELLOPTS", "HOSTNAME"});
  return !decides_about_code(name) && !name.starts_with("PYTHON") && !name.starts_with("BASH") &&
         !name.starts_with("LC_") && std::ranges::count(kOfTheShell, name) == 0;
}

bool is_code_open(const Environments& environments) {
  const std::vector<std::string>& variables = environments.inherited();
  return std::ranges::none_of(variables, [](const std::string& variable) {
    return decides_about_code(std::string_view(variable).substr(0, variable.find('=')));
  });
}

bool touches_files(const std::vector<SimpleStep>& steps) {
  return std::ranges::any_of(steps, [](const SimpleStep& step) {
    return std::ranges::any_of(step.redirects, [](const SimpleRedirect& redirect) {
      return redirect.kind != SimpleRedirect::Kind::duplicate;
    });
  });
}

/// What bash makes of $SHLVL at its start.
std::string next_level(std::string_view level) {
  int number = 0;
  const auto [end, error] = std::from_chars(level.data(), level.data() + level.size(), number);
  const bool is_number = error == std::errc() && end == level.data() + level.size();
  return std::to_string(is_number && number >= 0 ? number + 1 : 1);
}

}  // namespace

WarmLineReader::WarmLineReader(const Shell& shell, const RunFolders& folders,
                               const Environments& environments)
    : shell_(shell),
      shell_name_(shell.script.empty() ? shell.program.substr(shell.program.find_last_of('/') + 1)
                                       : shell.script),
      folder_(folders.descriptor),
      may_start_warm_(is_code_open(environments)),
      search_path_(environments.value("PATH")),
      shell_level_(next_level(environments.value("SHLVL"))) {
  if (search_path_.empty()) search_path_ = kDefaultSearchPath;
}

std::optional<WarmLine> WarmLineReader::read(const AttemptSpec& spec) {
  const bool is_fresh = spec.prelude.empty() && spec.snapshot_before.empty() && !spec.snapshot &&
                        !spec.ends_file && !spec.status_before;
  if (!may_start_warm_ || !is_fresh) return std::nullopt;
  const std::string first_word = spec.text.substr(0, spec.text.find_first_of(" \t"));
  if (others_.contains(first_word)) return std::nullopt;
  auto steps = read_simple_line(spec.text);
  if (!steps || !understands(*steps, spec)) return std::nullopt;

  WarmLine line;
  line.shell_name = shell_name_;
  for (SimpleStep& step : *steps) {
    std::optional<WarmStep> made = make_step(step, line);
    if (!made) return std::nullopt;
    if (is_run_by_bash(spec)) add_shell_variables(*made);
    line.steps.push_back(std::move(*made));
  }
  return line.interpreter.empty() ? std::nullopt : std::optional(std::move(line));
}

bool WarmLineReader::is_run_by_bash(const AttemptSpec& spec) const {
  if (spec.shell == ShellKind::none) return false;
  const bool by_named = spec.shell == ShellKind::named || shell_.posix_program == shell_.program;
  return by_named && shell_.is_bash;
}

/// Whether the steps mean to the shell of this command what they mean here.
bool WarmLineReader::understands(const std::vector<SimpleStep>& steps,
                                 const AttemptSpec& spec) const {
  if (spec.shell == ShellKind::none) return steps.size() == 1 && steps.front().is_bare();
  const bool may_be_bash = spec.shell == ShellKind::named;
  if (may_be_bash && (!shell_.is_bash || !shell_.arguments.empty())) return false;
  if (!may_be_bash && (touches_files(steps) || !shell_.arguments.empty())) return false;
  return std::ranges::all_of(steps, [&](const SimpleStep& step) {
    const bool assigns_well = std::ranges::all_of(
        step.assignments, [](const auto& assignment) { return may_be_assigned(assignment.first); });
    return assigns_well && (step.assignments.empty() || steps.size() == 1) &&
           !is_shell_builtin(step.words.front());
  });
}

std::optional<WarmStep> WarmLineReader::make_step(SimpleStep& step, WarmLine& line) {
  WarmStep made;
  made.is_timed = step.is_timed;
  made.redirects = std::move(step.redirects);
  const std::string& name = step.words.front();
  if (std::ranges::count(kCompanions, name) > 0) {
    made.kind = WarmStep::Kind::program;
    made.path = find_program(name, search_path_, folder_).path;
    made.words = std::move(step.words);
    return made.path.empty() ? std::nullopt : std::optional(std::move(made));
  }
  auto python = find_python_program(step.words, search_path_, folder_);
  if (!python) {
    // One that is called so may be Python's with other words.
    if (step.is_bare() && name.find("python") == std::string::npos) others_.insert(name);
    return std::nullopt;
  }
  const bool is_other = !line.interpreter.empty() && (line.interpreter != python->interpreter ||
                                                      line.interpreter_name != python->words[0]);
  if (is_other) return std::nullopt;
  line.interpreter = std::move(python->interpreter);
  made.path = std::move(python->path);
  line.interpreter_name = python->words.front();
  made.kind = python->is_module ? WarmStep::Kind::module : WarmStep::Kind::script;
  made.words = std::move(python->words);
  for (const auto& [variable, value] : step.assignments) {
    line.assignments.push_back(variable + "=" + value);
  }
  return made;
}

void WarmLineReader::add_shell_variables(WarmStep& step) const {
  step.environment.push_back("SHLVL=" + shell_level_);
  step.environment.push_back("_=" + step.path);
}

}  // namespace shoal
