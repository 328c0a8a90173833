#include "exec/invocation.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/text.h"
#include "exec/program_search.h"
#include "exec/snapshot.h"
#include "job/words.h"
#include "journal/run_directory.h"

namespace shoal {
namespace {

/// MAX_ARG_STRLEN of execve(2), with the terminating null byte.
constexpr std::size_t kLongestArgument = 128 * 1024;

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

char* pointer_to(const std::string& text) { return const_cast<char*>(text.c_str()); }

/// Whether an `&` may start a background job. One inside quotes counts too:
/// waiting for nothing does no harm.
bool may_leave_jobs(std::string_view text) {
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    const char before = at > 0 ? text[at - 1] : ' ';
    const char after = at + 1 < text.size() ? text[at + 1] : ' ';
    if (after == '&') {
      ++at;  // a && b
    } else if (before != '>' && before != '<' && before != '|' && after != '>') {
      return true;
    }
  }
  return false;
}

/// setsid(1) forks where it leads a process group, as the first process of a
/// command does, and leaves without waiting. So it needs a shell above it.
bool may_fork_away(std::string_view text) { return text.find("setsid") != std::string_view::npos; }

bool needs_shell_around(const AttemptSpec& spec) {
  return (spec.shell == ShellKind::named && may_leave_jobs(spec.text)) || may_fork_away(spec.text);
}

/// By eval, so that an open quote or here-document ends with the text.
std::string with_wait(std::string_view text) {
  return "eval " + shell_quoted(text) +
         "\n{ __shoal_status=$?; wait; } 2>/dev/null\nexit \"$__shoal_status\"\n";
}

/// Makes `$?` that number: in a list, so that it does not end a shell under -e,
/// and without a process for the frequent ones.
std::string with_status(int status) {
  if (status == 0) return ":";
  return status == 1 ? "false && :" : "(exit " + std::to_string(status) + ") && :";
}

/// State lines were heard and answered when they ran first; here they only
/// bring the shell to the same state. A group, not a subshell, so that it is
/// this shell; its closing brace on a line of its own, so that the last state
/// line may end in a comment. A trap on EXIT would run after every command
/// instead of at the end of the file, so it is taken back, but for a line that
/// may be that end.
std::string quiet_prelude(const AttemptSpec& spec, const std::string& run_folder) {
  std::string text = "{ ";
  if (!spec.snapshot_before.empty()) {
    text.append(restore_snapshot(in_run_folder(run_folder, spec.snapshot_before))).append("\n");
  }
  text.append(spec.prelude);
  if (!spec.snapshot && !spec.ends_file) text += "\ntrap - EXIT";
  if (spec.status_before) text += "\n" + with_status(*spec.status_before);
  text += "\n} </dev/null >/dev/null 2>&1\n";
  return text;
}

bool has_prelude(const AttemptSpec& spec) {
  return !spec.prelude.empty() || !spec.snapshot_before.empty();
}

bool runs_as_it_is(const AttemptSpec& spec) {
  // A shell would take a text that begins with these for more options.
  const bool looks_like_option =
      !spec.text.empty() && (spec.text.front() == '-' || spec.text.front() == '+');
  return !spec.snapshot && !has_prelude(spec) && spec.status_before.value_or(0) == 0 &&
         !looks_like_option && !needs_shell_around(spec);
}

}  // namespace

void Invocation::clear() {
  program.clear();
  arguments.clear();
  words.clear();
  script_file.clear();
  name.clear();
  exit_code = 0;
  message.clear();
}

std::string shell_script(const AttemptSpec& spec, const std::string& run_folder) {
  const bool begins_fresh = !has_prelude(spec) && spec.status_before.value_or(0) == 0;
  std::string script = begins_fresh ? "\n" : quiet_prelude(spec, run_folder);
  if (spec.snapshot) {
    script += with_snapshot(spec, in_run_folder(run_folder, spec.snapshot_file));
  } else if (needs_shell_around(spec)) {
    script += with_wait(spec.text);
  } else {
    script += spec.text;
  }
  return script;
}

Invoker::Invoker(Shell shell, RunFolders folders, const Environments& environments)
    : shell_(std::move(shell)),
      shell_name_(base_name(shell_.program)),
      posix_shell_name_(base_name(shell_.posix_program)),
      folders_(std::move(folders)),
      search_path_(environments.value("PATH")) {
  if (search_path_.empty()) search_path_ = kDefaultSearchPath;
}

Expected<void> Invoker::make(const AttemptSpec& spec, Invocation& invocation) const {
  invocation.clear();
  if (spec.shell == ShellKind::none && !has_prelude(spec) && !spec.snapshot &&
      !may_fork_away(spec.text)) {
    invocation.words = literal_words(spec.text);
    if (!invocation.words.empty()) {
      make_direct(invocation);
      return {};
    }
  }
  return make_with_shell(spec, invocation);  // a shell can read any line
}

void Invoker::make_direct(Invocation& invocation) const {
  invocation.name = invocation.words.front();
  FoundProgram found = find_program(invocation.name, search_path_, folders_.descriptor);
  invocation.program = std::move(found.path);
  invocation.exit_code = found.exit_code;
  invocation.message = std::move(found.message);
  for (const std::string& word : invocation.words) {
    invocation.arguments.push_back(pointer_to(word));
  }
  invocation.arguments.push_back(nullptr);
}

Expected<void> Invoker::make_with_shell(const AttemptSpec& spec, Invocation& invocation) const {
  // A prelude may be in the words of the file's shell only.
  const bool portable = spec.shell == ShellKind::sh && !has_prelude(spec) && !spec.snapshot;
  invocation.program = portable ? shell_.posix_program : shell_.program;
  invocation.name = portable ? posix_shell_name_ : shell_name_;
  invocation.arguments.push_back(pointer_to(invocation.name));
  if (!portable || shell_.posix_program == shell_.program) {
    for (const std::string& argument : shell_.arguments) {
      invocation.arguments.push_back(pointer_to(argument));
    }
  }
  const std::string* script = &spec.text;
  if (!runs_as_it_is(spec)) {
    invocation.script = shell_script(spec, folders_.run_folder);
    script = &invocation.script;
  }
  if (script->size() < kLongestArgument) {
    invocation.arguments.push_back(pointer_to(command_option_));
    invocation.arguments.push_back(pointer_to(*script));
    if (!shell_.script.empty()) invocation.arguments.push_back(pointer_to(shell_.script));
  } else {
    const std::string folder = in_run_folder(folders_.run_folder, kScriptFolder, folders_.worker);
    invocation.script_file = folder + "/" + std::to_string(number(spec.command)) + "-" +
                             std::to_string(number(spec.attempt)) + ".sh";
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::ofstream file(invocation.script_file, std::ios::binary | std::ios::trunc);
    file << *script << std::flush;
    if (!file) {
      return infrastructure_error(invocation.script_file, "cannot write the script file");
    }
    invocation.arguments.push_back(pointer_to(invocation.script_file));
  }
  invocation.arguments.push_back(nullptr);
  return {};
}

void Invoker::make_run_by_shell(Invocation& invocation) const {
  // The program's path is the script's; arguments after the first stay.
  invocation.words.front() = std::move(invocation.program);
  invocation.program = shell_.program;
  invocation.arguments.assign(1, pointer_to(shell_name_));
  for (const std::string& word : invocation.words) {
    invocation.arguments.push_back(pointer_to(word));
  }
  invocation.arguments.push_back(nullptr);
}

}  // namespace shoal
