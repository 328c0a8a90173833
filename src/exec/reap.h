#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>

#include "sched/attempt.h"

namespace shoal {

/// Reaps a child that has ended, or surely will: its wait status (wait(2)).
/// nullopt: somebody else did.
std::optional<int> reap(pid_t pid, rusage& usage);

/// Whether a child waits to be reaped already.
bool has_ended(pid_t pid);

/// Where a parent left SIGCHLD ignored, the kernel reaps children by itself and
/// wait4(2) learns nothing of them. Once, before the first child.
void keep_dead_children();

/// What a wait status and the usage say of an attempt's end. Not for several
/// threads at once.
void set_exit(AttemptResult& result, int status);
void set_usage(AttemptResult& result, const rusage& usage);

}  // namespace shoal
