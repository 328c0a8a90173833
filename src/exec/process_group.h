#pragma once

#include <sys/types.h>

namespace shoal {

/// Whether a member of the process group still runs. Zombies do not count:
/// where process 1 does not reap (some containers), they stay for ever.
/// Async-signal-safe; reads /proc.
bool is_alive(pid_t group);

}  // namespace shoal
