#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "exec/environment.h"
#include "exec/preparation.h"
#include "exec/shell.h"
#include "exec/warm/simple_line.h"
#include "sched/attempt.h"

namespace shoal {

/// A simple command of a line that starts warm.
struct WarmStep {
  enum class Kind : std::uint8_t { script, module, program };
  Kind kind = Kind::script;
  bool is_timed = false;
  std::string path;                      // what execve(2) would get
  std::vector<std::string> words;        // and its arguments
  std::vector<std::string> environment;  // "NAME=value", as the shell adds them
  std::vector<SimpleRedirect> redirects;
};

/// A line whose Python programs can begin in a fork server.
struct WarmLine {
  std::string interpreter;               // of all its Python steps
  std::string interpreter_name;          // its first argument
  std::vector<std::string> assignments;  // "NAME=value" of its only step
  std::string shell_name;                // for messages
  std::vector<WarmStep> steps;           // each runs if the one before ended with 0
};

/// Finds out which commands can start warm.
class WarmLineReader {
 public:
  /// `environments` must outlive it.
  WarmLineReader(const Shell& shell, const RunFolders& folders, const Environments& environments);

  /// nullopt: the command starts cold. That costs little where its program was
  /// looked at before. Reads the disk for Python's programs, since commands
  /// make programs.
  std::optional<WarmLine> read(const AttemptSpec& spec);

 private:
  bool understands(const std::vector<SimpleStep>& steps, const AttemptSpec& spec) const;
  std::optional<WarmStep> make_step(SimpleStep& step, WarmLine& line);
  bool is_run_by_bash(const AttemptSpec& spec) const;
  void add_shell_variables(WarmStep& step) const;

  Shell shell_;
  std::string shell_name_;  // $0
  int folder_;
  bool may_start_warm_;  // the environment leaves Python as it is
  std::string search_path_;
  std::string shell_level_;
  std::unordered_set<std::string> others_;  // names of programs that were not Python's
};

}  // namespace shoal
