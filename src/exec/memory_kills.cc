#include "exec/memory_kills.h"

#include <utility>

#include "exec/cgroup.h"
#include "exec/small_file.h"

namespace shoal {

MemoryKills::MemoryKills(std::string counter)
    : counter_(std::move(counter)), explained_(count().value_or(0)) {}

MemoryKills MemoryKills::of_this_process() {
  std::string counter = Cgroup::of_this_process().kill_counter();
  return MemoryKills(counter.empty() ? "/proc/vmstat" : std::move(counter));
}

std::optional<bool> MemoryKills::explains_a_death() {
  const std::optional<std::uint64_t> counted = count();
  if (!counted) return std::nullopt;
  if (*counted <= explained_) return false;
  ++explained_;
  return true;
}

std::optional<std::uint64_t> MemoryKills::count() const {
  return number_behind("oom_kill", read_small_file(counter_).value_or(""));
}

}  // namespace shoal
