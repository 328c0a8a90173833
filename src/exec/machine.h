#pragma once

#include <cstdint>

namespace shoal {

/// Cores that this process may use: the smaller of the affinity mask and the
/// cgroup's cpu.max (version 2) or cpu.cfs_quota_us (version 1), rounded up;
/// at least 1.
std::uint32_t usable_cores();

/// Bytes that this process may use: the smallest of MemTotal and the memory
/// limits of its cgroup and of the cgroups above it.
std::uint64_t usable_memory();

/// The share (0 to 1) of its memory that the machine has left, or its cgroup or
/// one above that, whichever is smaller.
double memory_left();

}  // namespace shoal
