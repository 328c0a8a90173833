#include "exec/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "exec/cgroup.h"
#include "exec/small_file.h"

namespace shoal {
namespace {

std::uint32_t cores_of_affinity() {
  // The mask must have room for all cores of the machine: sched_setaffinity(2).
  for (std::size_t cores = CPU_SETSIZE; cores <= 1U << 20; cores *= 2) {
    std::vector<cpu_set_t> sets(CPU_ALLOC_SIZE(cores) / sizeof(cpu_set_t));
    const std::size_t size = sets.size() * sizeof(cpu_set_t);
    if (::sched_getaffinity(0, size, sets.data()) == 0) {
      return static_cast<std::uint32_t>(CPU_COUNT_S(size, sets.data()));
    }
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

/// By /proc/meminfo (proc(5)); 1 where that says nothing.
double memory_left_of_machine() {
  const std::string numbers = read_small_file("/proc/meminfo").value_or("");
  const auto total = number_behind("MemTotal:", numbers);
  const auto available = number_behind("MemAvailable:", numbers);
  if (!total || !available || *total == 0) return 1;
  return static_cast<double>(*available) / static_cast<double>(*total);
}

}  // namespace

std::uint32_t usable_cores() {
  std::uint32_t cores = cores_of_affinity();
  if (const std::optional<double> limit = Cgroup::of_this_process().cores()) {
    cores = std::min(cores, static_cast<std::uint32_t>(std::ceil(*limit)));
  }
  return std::max(1U, cores);
}

std::uint64_t usable_memory() {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const std::uint64_t machine = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::min(machine, Cgroup::of_this_process().memory().value_or(machine));
}

double memory_left() {
  return std::min(memory_left_of_machine(), Cgroup::of_this_process().memory_left().value_or(1));
}

}  // namespace shoal
