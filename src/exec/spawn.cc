#include "exec/spawn.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

// The child runs in the parent's memory while the parent stands still. A
// sanitizer's bookkeeping of that memory must not see it.
#define SHOAL_RUNS_IN_BORROWED_MEMORY \
  __attribute__((noinline, no_sanitize("address", "undefined", "thread")))

namespace shoal {
namespace {

constexpr std::size_t kChildStackSize = 32 * 1024;
constexpr unsigned long kKernelSignalSetSize = 8;

/// Between parent and child: they share it, as they share all memory.
struct Launch {
  const SpawnRequest* request = nullptr;
  pid_t parent = -1;
  SpawnError error;
  bool failed = false;
};

/// Every system call of the child goes through here: the libc's wrappers may
/// be replaced by a sanitizer's, and those keep records. Numbers must be long:
/// syscall(2) reads whole registers.
template <class... Arguments>
SHOAL_RUNS_IN_BORROWED_MEMORY long system_call(long number, Arguments... arguments) {
  return ::syscall(number, arguments...);
}

SHOAL_RUNS_IN_BORROWED_MEMORY int give_up(Launch& launch, SpawnError::Step step) {
  launch.error.step = step;
  launch.error.code = errno;
  launch.failed = true;
  return 127;
}

SHOAL_RUNS_IN_BORROWED_MEMORY void set_handler(long signal, unsigned long handler) {
  // The kernel's struct sigaction: the handler comes first; its other fields
  // depend on the architecture and are zero here.
  const unsigned long action[8] = {handler};
  system_call(SYS_rt_sigaction, signal, action, nullptr, kKernelSignalSetSize);
}

/// exec resets handlers that are caught, but not signals that are ignored: as
/// nohup, background jobs of shells and shoal itself (SIGPIPE) leave them. And
/// until exec, none of shoal's handlers for these may run in its memory.
/// Resetting all signals would cost more than everything else here.
SHOAL_RUNS_IN_BORROWED_MEMORY void reset_signals() {
  constexpr unsigned long kDefault = 0;
  constexpr unsigned long kIgnore = 1;
  // Forgets a Ctrl-C that came before the child left shoal's group: it was
  // meant for shoal, which lets its commands finish.
  set_handler(SIGINT, kIgnore);
  set_handler(SIGINT, kDefault);
  set_handler(SIGHUP, kDefault);
  set_handler(SIGQUIT, kDefault);
  set_handler(SIGTERM, kDefault);
  set_handler(SIGPIPE, kDefault);
  const unsigned long none[8] = {};
  system_call(SYS_rt_sigprocmask, long{SIG_SETMASK}, none, nullptr, kKernelSignalSetSize);
}

SHOAL_RUNS_IN_BORROWED_MEMORY bool put_at(long descriptor, long place) {
  // dup3 refuses equal numbers, and the copy it makes is not close-on-exec.
  if (descriptor == place) return system_call(SYS_fcntl, place, long{F_SETFD}, 0L) == 0;
  return system_call(SYS_dup3, descriptor, place, 0L) >= 0;
}

SHOAL_RUNS_IN_BORROWED_MEMORY int child_main(void* argument) {
  Launch& launch = *static_cast<Launch*>(argument);
  const SpawnRequest& request = *launch.request;
  system_call(SYS_setpgid, 0L, 0L);
  system_call(SYS_prctl, long{PR_SET_PDEATHSIG}, long{SIGKILL}, 0L, 0L, 0L);
  // The parent may have died before the line above.
  if (system_call(SYS_getppid) != launch.parent) system_call(SYS_exit_group, 127L);

  if (!put_at(request.input, 0) || !put_at(request.output, 1) || !put_at(request.output, 2)) {
    return give_up(launch, SpawnError::Step::redirection);
  }
  if (request.working_directory >= 0 &&
      system_call(SYS_fchdir, long{request.working_directory}) != 0) {
    return give_up(launch, SpawnError::Step::working_directory);
  }
  reset_signals();
  system_call(SYS_execve, request.program, request.arguments, request.environment);
  return give_up(launch, SpawnError::Step::execute);
}

/// No handler may run in the child, which starts with the parent's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

tl::expected<SpawnedProcess, SpawnError> spawn(const SpawnRequest& request) {
  Launch launch;
  launch.request = &request;
  launch.parent = ::getpid();
  SpawnedProcess process;
  int code = 0;
  int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  if (request.announcement != nullptr) flags |= CLONE_CHILD_SETTID;
  // The parent stands still until the child has left this memory, so its own
  // stack has room for the child's.
  alignas(16) std::array<std::byte, kChildStackSize> stack;
  {
    const SignalsBlocked blocked;
    process.pid = ::clone(child_main, stack.data() + stack.size(), flags, &launch, &process.pidfd,
                          nullptr, const_cast<pid_t*>(request.announcement));
    code = errno;
  }
  if (process.pid < 0) return tl::unexpected(SpawnError{SpawnError::Step::clone, code});
  if (launch.failed) {
    ::close(process.pidfd);
    while (::waitpid(process.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (request.announcement != nullptr) *request.announcement = 0;
    return tl::unexpected(launch.error);
  }
  return process;
}

}  // namespace shoal
