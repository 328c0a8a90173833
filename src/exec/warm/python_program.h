#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// A Python program as execve(2) would start it.
struct PythonProgram {
  std::string path;                // the file that it is given: the interpreter, or the script
  std::string interpreter;         // the file that runs it
  std::vector<std::string> words;  // its arguments, the first being its name ("python")
  bool is_module = false;          // `-m NAME`; else a script is the second word
};

/// What a command of these words starts, if that is a Python interpreter given
/// a script or `-m` and no option, or a script whose `#!` names one. Follows
/// `#!/usr/bin/env python3`. Looks at the disk: `search_path` is $PATH,
/// `folder` the descriptor of the folder that relative paths mean.
///
/// nullopt: it is something else, or there is any doubt.
std::optional<PythonProgram> find_python_program(const std::vector<std::string>& words,
                                                 std::string_view search_path, int folder);

}  // namespace shoal
