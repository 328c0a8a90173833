#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace shoal {

/// Tells whether the kernel killed one of our processes for memory, by the
/// counter of our control group, or of the machine where there is none.
class MemoryKills {
 public:
  /// `counter` has a line `oom_kill N`: memory.events, memory.oom_control or
  /// /proc/vmstat.
  explicit MemoryKills(std::string counter);
  static MemoryKills of_this_process();

  /// Asks after a process died of SIGKILL. Each kill that was counted explains
  /// one death; nullopt when the system does not tell.
  std::optional<bool> explains_a_death();

 private:
  std::optional<std::uint64_t> count() const;

  std::string counter_;
  std::uint64_t explained_ = 0;
};

}  // namespace shoal
