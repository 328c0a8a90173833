#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// The control groups that hold this process, version 1 or 2 (cgroups(7)).
class Cgroup {
 public:
  /// `membership` is the text of /proc/self/cgroup, `mount` where the
  /// hierarchies are mounted (/sys/fs/cgroup).
  Cgroup(std::string_view membership, std::string mount);
  static Cgroup of_this_process();

  /// Cores' worth of time that it and the groups above it allow; nullopt: no
  /// limit.
  std::optional<double> cores() const;
  /// Bytes that it and the groups above it allow; nullopt: no limit.
  std::optional<std::uint64_t> memory() const;
  /// The smallest share (0 to 1) that it or a group above it has left of its
  /// memory. Pages of files that nobody used lately count as left. nullopt: no
  /// limit.
  std::optional<double> memory_left() const;
  /// The file whose `oom_kill` line counts the processes of this group that
  /// the kernel killed for memory; empty when there is none.
  std::string kill_counter() const;

 private:
  /// Where a folder says how much memory there may be, and is in use.
  struct MemoryFiles;
  std::vector<MemoryFiles> memory_files() const;

  std::string mount_;
  std::string unified_;       // path in version 2's hierarchy
  std::string cpu_, memory_;  // paths in version 1's
  bool has_unified_ = false, has_cpu_ = false, has_memory_ = false;
};

}  // namespace shoal
