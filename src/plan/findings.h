#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "plan/plan.h"

namespace shoal {

/// At most this many findings of one sort are spelled out; the rest is counted.
inline constexpr std::size_t kMostFindings = 20;

/// Findings of one sort, the first ones whole and the rest as a number.
class BoundedFindings {
 public:
  BoundedFindings(Severity severity, std::string rest)
      : severity_(severity), rest_(std::move(rest)) {}

  /// Whether the next one is still to be spelled out; counts it otherwise.
  bool wants_next();
  void add(std::uint32_t line, std::string message);
  void append_to(std::vector<Finding>& all) const;

 private:
  Severity severity_;
  std::string rest_;  // what more of them are called: "files that ..."
  std::vector<Finding> found_;
  std::size_t more_ = 0;
};

/// Two writers of one file, and lines that stand in the file twice.
class OverwriteFindings {
 public:
  void on_overwrite(const std::vector<Command>& commands, const PathTable& paths, CommandId first,
                    CommandId second, PathId path, bool read_between);
  void append_to(std::vector<Finding>& all) const;

 private:
  std::pair<CommandId, CommandId> last_{};
  BoundedFindings overwritten_{Severity::warning,
                               "files that are written twice and not read in between"};
  BoundedFindings repeated_{Severity::note, "lines that repeat an earlier one"};
};

/// Lines that wait for all before them, by reason.
void append_barrier_findings(const std::vector<Command>& commands, std::vector<Finding>& all);

/// Lines under `set -e`, which cannot run side by side.
void append_error_exit_finding(const std::vector<Command>& commands, const ShellState& state,
                               std::vector<Finding>& all);

/// The lines behind a plain `exit`, which bash never reads.
void append_stop_finding(std::string_view text, std::uint32_t stopped_at_line,
                         std::vector<Finding>& all);

}  // namespace shoal
