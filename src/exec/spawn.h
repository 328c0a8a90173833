#pragma once

#include <sys/types.h>

#include <cstdint>
#include <tl/expected.hpp>

namespace shoal {

struct SpawnRequest {
  const char* program = nullptr;           // a path; no search
  char* const* arguments = nullptr;        // null-terminated
  char* const* environment = nullptr;      // null-terminated
  int working_directory = -1;              // descriptor of a folder; -1: the parent's
  int input = -1;                          // becomes 0
  int output = -1;                         // becomes 1 and 2
  volatile pid_t* announcement = nullptr;  // gets the new pid before exec, when the parent may die
};

struct SpawnedProcess {
  pid_t pid = -1;  // also its process group
  int pidfd = -1;  // owned by the caller; close-on-exec
};

/// What went wrong, and where, since the same errno means different things.
struct SpawnError {
  enum class Step : std::uint8_t {
    clone,              // the system has no room for a process or a descriptor
    redirection,        // input or output
    working_directory,  // it is gone
    execute,            // the program: see execve(2)
  };
  Step step = Step::clone;
  int code = 0;  // errno
};

/// Starts a process in its own group, with an empty signal mask and SIGHUP,
/// SIGINT, SIGQUIT, SIGTERM and SIGPIPE at their defaults even if the caller
/// ignores them (exec itself resets what is caught), killed by the kernel when the calling thread
/// dies. Costs the same however large the caller is (CLONE_VM | CLONE_VFORK), and opens its pidfd
/// in the same call. Between clone and exec only system calls are made and nothing is allocated
/// (docs/execution.md lists them). On failure there is no process left and *announcement is 0.
///
/// Every descriptor of the caller that is not close-on-exec is inherited.
tl::expected<SpawnedProcess, SpawnError> spawn(const SpawnRequest& request);

}  // namespace shoal
