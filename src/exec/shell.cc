#include "exec/shell.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "exec/program_search.h"

namespace shoal {
namespace {

constexpr std::array<std::string_view, 8> kShells = {"bash", "sh",   "dash", "ash",
                                                     "ksh",  "mksh", "zsh",  "yash"};

std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  constexpr std::string_view kBlanks = " \t\r";
  for (std::size_t begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

/// Takes `/usr/bin/env [-S]` away from before the shell.
void remove_env(std::vector<std::string>& words) {
  if (words.empty() || base_name(words.front()) != "env") return;
  words.erase(words.begin());
  if (!words.empty() && words.front() == "-S") words.erase(words.begin());
}

/// The file that runs: /bin/sh is a link to dash on some systems, to bash on
/// others.
std::string real_name(const std::string& program) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(program, error);
  return error ? std::string(base_name(program)) : real.filename().string();
}

/// The path itself when it can be executed, else the same name in `path`: a
/// file written on one system names /bin/bash where another has it elsewhere.
std::string locate(const std::string& program, std::string_view path) {
  std::error_code error;
  if (program.front() == '/' && std::filesystem::exists(program, error)) return program;
  return find_program(base_name(program), path, AT_FDCWD).path;
}

/// dash starts in half of bash's time.
std::string portable_shell(const Shell& shell, std::string_view path) {
  if (!shell.arguments.empty())
    return shell.program;  // options of one shell may mean nothing to another
  if (real_name("/bin/sh") == "dash") return "/bin/sh";
  std::string dash = find_program("dash", path, AT_FDCWD).path;
  return dash.empty() ? shell.program : dash;
}

}  // namespace

Expected<Shell> find_shell(std::string_view interpreter, std::string_view path) {
  std::vector<std::string> words = split(interpreter);
  remove_env(words);
  Shell shell;
  if (words.empty()) {
    shell.program = locate("bash", path);
    if (shell.program.empty()) shell.program = locate("sh", path);
    if (shell.program.empty()) {
      return input_error("PATH", "neither bash nor sh is in it", "Install bash or correct PATH.");
    }
  } else {
    const std::string first_line = std::string("#!").append(interpreter);
    const std::string_view name = base_name(words.front());
    if (std::find(kShells.begin(), kShells.end(), name) == kShells.end()) {
      return input_error(first_line, std::string(name) + " is not a shell that shoal can use",
                         "Use bash, sh or another POSIX shell.");
    }
    shell.program = locate(words.front(), path);
    if (shell.program.empty()) {
      return input_error(first_line, words.front() + " is not installed",
                         "Install it or change the first line of the jobs file.");
    }
    shell.arguments.assign(std::make_move_iterator(words.begin() + 1),
                           std::make_move_iterator(words.end()));
  }
  shell.is_bash = real_name(shell.program) == "bash";
  shell.posix_program = portable_shell(shell, path);
  return shell;
}

Expected<Shell> find_snapshot_shell(std::string_view interpreter, std::string_view path) {
  constexpr std::array<std::string_view, 4> kStoodInFor = {"sh", "dash", "ash", "busybox"};
  Expected<Shell> shell = find_shell(interpreter, path);
  if (!shell || std::find(kStoodInFor.begin(), kStoodInFor.end(), real_name(shell->program)) ==
                    kStoodInFor.end()) {
    return shell;
  }
  std::string bash = locate("bash", path);
  if (bash.empty()) {
    return input_error("PATH",
                       "bash is not in it, and this file has lines that may change the shell",
                       "Install bash, or take out what shoal plan calls a barrier.");
  }
  if (!shell->arguments.empty()) shell->posix_program = bash;
  shell->program = std::move(bash);
  shell->is_bash = true;
  shell->arguments.insert(shell->arguments.begin(), {"-O", "xpg_echo"});
  return shell;
}

Expected<Shell> find_run_shell(std::string_view interpreter, bool snapshots, std::string script) {
  const char* variable = std::getenv("PATH");
  const std::string_view path = variable == nullptr ? "" : variable;
  Expected<Shell> shell =
      snapshots ? find_snapshot_shell(interpreter, path) : find_shell(interpreter, path);
  if (shell) shell->script = std::move(script);
  return shell;
}

}  // namespace shoal
