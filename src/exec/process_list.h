#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace shoal {

/// What proc(5) says of a process, as far as shoal asks.
struct ProcessStat {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  std::uint64_t started = 0;  // clock ticks after boot; with the pid, no other process has it
  /// Zombies do not live: where process 1 does not reap (some containers), they
  /// stay for ever.
  bool lives = false;
};

// All of these are async-signal-safe, and allocate nothing.

/// nullopt: there is no such process.
std::optional<ProcessStat> process_stat(pid_t pid);

/// Goes through the processes of this machine (or container), by number.
class ProcessList {
 public:
  ProcessList();
  ~ProcessList();
  ProcessList(const ProcessList&) = delete;
  ProcessList& operator=(const ProcessList&) = delete;

  bool is_open() const { return proc_ >= 0; }
  /// nullopt at the end.
  std::optional<ProcessStat> next();

 private:
  int proc_;  // descriptor of /proc
  long at_ = 0;
  long size_ = 0;  // of what stands in entries_
  alignas(8) char entries_[4096];
};

}  // namespace shoal
