#pragma once

#include <sys/types.h>

namespace shoal {

/// Whether a member of the process group still runs. Zombies do not count.
/// Async-signal-safe; reads /proc.
bool is_alive(pid_t group);

}  // namespace shoal
