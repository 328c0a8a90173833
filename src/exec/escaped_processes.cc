#include "exec/escaped_processes.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "exec/process_list.h"

namespace shoal {
namespace {

/// Children mostly stand behind their parents in /proc, so that one pass finds
/// nearly all, and a second one that there are no more.
constexpr int kMostPasses = 5;

bool is_same(const std::optional<ProcessStat>& now, std::uint64_t started) {
  return now && now->lives && now->started == started;
}

}  // namespace

void EscapedProcesses::look_for(std::span<const pid_t> leaders) {
  keep_those_of(leaders);
  for (const pid_t leader : leaders) {
    const auto stat = process_stat(leader);
    if (stat && count_ < kMost) known_[count_++] = {leader, stat->started, leader, false};
  }
  for (int pass = 0; pass < kMostPasses && add_descendants(); ++pass) {
  }
}

/// Only what has escaped and still runs is worth keeping: the rest is found anew.
void EscapedProcesses::keep_those_of(std::span<const pid_t> leaders) {
  const auto* const end = std::remove_if(
      known_.begin(), known_.begin() + static_cast<std::ptrdiff_t>(count_),
      [&](const Process& process) {
        return !process.escaped ||
               std::find(leaders.begin(), leaders.end(), process.leader) == leaders.end() ||
               !is_same(process_stat(process.pid), process.started);
      });
  count_ = static_cast<std::size_t>(end - known_.begin());
}

/// Adds the children of known ones. Whether there were any.
bool EscapedProcesses::add_descendants() {
  bool found = false;
  ProcessList processes;
  while (const auto process = processes.next()) {
    const Process* parent = find(process->parent);
    if (parent == nullptr || count_ == kMost || find(process->pid) != nullptr) continue;
    known_[count_++] = {process->pid, process->started, parent->leader,
                        process->group != parent->leader};
    found = true;
  }
  return found;
}

const EscapedProcesses::Process* EscapedProcesses::find(pid_t pid) const {
  for (std::size_t i = 0; i < count_; ++i) {
    if (known_[i].pid == pid) return &known_[i];
  }
  return nullptr;
}

void EscapedProcesses::kill(pid_t leader) const {
  for (std::size_t i = 0; i < count_; ++i) {
    const Process& process = known_[i];
    if (process.leader != leader || !process.escaped) continue;
    // While the descriptor is open, it is that process or none.
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
    if (pidfd < 0) continue;
    if (is_same(process_stat(process.pid), process.started)) {
      ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
    }
    ::close(pidfd);
  }
}

bool EscapedProcesses::any_runs(pid_t leader) const {
  for (std::size_t i = 0; i < count_; ++i) {
    const Process& process = known_[i];
    if (process.leader == leader && process.escaped &&
        is_same(process_stat(process.pid), process.started)) {
      return true;
    }
  }
  return false;
}

}  // namespace shoal
