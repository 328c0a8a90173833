#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "base/error.h"

namespace shoal {

struct SpawnRequest {
  const char* program = nullptr;            // absolute path
  char* const* arguments = nullptr;         // null-terminated
  char* const* environment = nullptr;       // null-terminated
  const char* working_directory = nullptr;  // null: the parent's
  int input = -1;                           // becomes 0
  int output = -1;                          // becomes 1 and 2
};

struct SpawnedProcess {
  pid_t pid = -1;  // also its process group
  int pidfd = -1;  // owned by the caller; close-on-exec
};

/// Starts a process in its own group, with default signal handlers and an
/// empty signal mask, killed by the kernel when the calling thread dies. Costs
/// the same however large the caller is (CLONE_VM | CLONE_VFORK), and opens
/// its pidfd in the same call. Between clone and exec only async-signal-safe
/// calls are made and nothing is allocated. The value of a failure is errno.
tl::expected<SpawnedProcess, int> spawn(const SpawnRequest& request);

}  // namespace shoal
