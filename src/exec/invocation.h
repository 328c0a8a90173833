#pragma once

#include <string>
#include <vector>

#include "exec/environment.h"
#include "exec/preparation.h"
#include "exec/shell.h"
#include "sched/attempt.h"

namespace shoal {

/// What execve(2) gets for a command. Holds its text where it must; the spec
/// that it was made of must outlive it.
struct Invocation {
  std::string program;           // empty: it was not found
  std::vector<char*> arguments;  // null-terminated
  std::string script_file;       // to remove afterwards; empty for most

  std::string name;     // of the program, for messages
  int exit_code = 0;    // when it was not found: what the command ends with
  std::string message;  // and why

  std::vector<std::string> words;  // what `arguments` point to
  std::string script;

  void clear();
};

/// The shell text that a spec's command becomes: the prelude, silently, then
/// the line; for a line that may leave background jobs, a `wait`; for one whose
/// shell state is wanted, the code that saves it. `run_folder` is absolute.
std::string shell_script(const AttemptSpec& spec, const std::string& run_folder);

/// Makes invocations for one run.
class Invoker {
 public:
  /// `environments` must outlive it.
  Invoker(Shell shell, RunFolders folders, const Environments& environments);

  /// Fills in `invocation`, which keeps its buffers from command to command. An
  /// error is one of the system: a script file that cannot be written.
  Expected<void> make(const AttemptSpec& spec, Invocation& invocation) const;

  /// The same program as an argument of the shell: for a file without `#!`,
  /// which execve(2) refuses (ENOEXEC) and shells run themselves.
  void make_run_by_shell(Invocation& invocation) const;

 private:
  void make_direct(Invocation& invocation) const;
  Expected<void> make_with_shell(const AttemptSpec& spec, Invocation& invocation) const;

  Shell shell_;
  std::string shell_name_;
  std::string posix_shell_name_;
  std::string command_option_ = "-c";
  RunFolders folders_;
  std::string search_path_;
};

}  // namespace shoal
