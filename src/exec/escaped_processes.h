#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shoal {

/// Processes that have left the group of a command (by setsid(1)) while the
/// command still runs. Signals to the group pass them by, and when the group's
/// leader is dead, nothing ties them to it any more: so they must be looked for
/// before. One whose parent had ended already is not found.
///
/// Async-signal-safe and without allocations, for the guardian.
class EscapedProcesses {
 public:
  /// Looks for those of running commands, by the leaders of their groups, and
  /// forgets those of all other commands. Reads all of /proc.
  void look_for(std::span<const pid_t> leaders);

  /// Sends KILL to those of one command.
  void kill(pid_t leader) const;
  /// Whether one of them still runs.
  bool any_runs(pid_t leader) const;

 private:
  struct Process {
    pid_t pid = 0;
    std::uint64_t started = 0;
    pid_t leader = 0;
    bool escaped = false;
  };

  void keep_those_of(std::span<const pid_t> leaders);
  bool add_descendants();
  const Process* find(pid_t pid) const;

  /// More than one run has of processes. What is beyond that is not followed.
  static constexpr std::size_t kMost = 1024;
  std::array<Process, kMost> known_;  // leaders, what descends from them, and what has escaped
  std::size_t count_ = 0;
};

}  // namespace shoal
