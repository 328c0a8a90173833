#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace shoal {

/// The shell that a jobs file runs in.
struct Shell {
  std::string program;                 // absolute path
  std::vector<std::string> arguments;  // of the #! line ("-e"), before -c
  bool is_bash = false;
  std::string posix_program;  // for portable lines: /bin/sh when it is a quicker POSIX shell
                              // (dash), else `program`
  std::string script;         // what $0 is: the jobs file as the user named it; may be empty
};

/// The shell of a `#!` line ("" when there is none): that one, else bash, else
/// sh, looked up in `path` ($PATH). `#!/usr/bin/env bash` is understood.
Expected<Shell> find_shell(std::string_view interpreter, std::string_view path);

/// The same for a file with lines whose shell must write a snapshot. dash
/// cannot: it tells nobody which functions it has. So bash stands in for it,
/// with an `echo` that reads backslashes as dash's does. An error where there
/// is no bash.
Expected<Shell> find_snapshot_shell(std::string_view interpreter, std::string_view path);

/// The shell of a run's commands: one of the two above, looked up in this
/// process's $PATH. `snapshots`: some line must write one. `script`: see Shell.
Expected<Shell> find_run_shell(std::string_view interpreter, bool snapshots, std::string script);

}  // namespace shoal
