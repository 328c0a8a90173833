#include "exec/reap.h"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdint>

namespace shoal {
namespace {

constexpr int kKilledBy = 128;  // a shell's exit code for a signal, less the signal

Duration duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

/// A process has the peak of the memory that it had before its exec, too, and
/// that was shoal's (docs/execution.md). Only what is above is its own. shoal's
/// only grows, so what was seen of it earlier settles most cases.
std::uint64_t peak_memory(const rusage& usage) {
  static long own_kibibytes = 0;
  if (usage.ru_maxrss > own_kibibytes) {
    rusage own{};
    ::getrusage(RUSAGE_SELF, &own);
    own_kibibytes = own.ru_maxrss;
  }
  return usage.ru_maxrss > own_kibibytes ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

}  // namespace

std::optional<int> reap(pid_t pid, rusage& usage) {
  int status = 0;
  pid_t reaped = -1;
  do {
    reaped = ::wait4(pid, &status, 0, &usage);
  } while (reaped < 0 && errno == EINTR);
  return reaped == pid ? std::optional<int>(status) : std::nullopt;
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

void keep_dead_children() {
  struct sigaction action {};
  if (::sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
    ::signal(SIGCHLD, SIG_DFL);
  }
}

void set_exit(AttemptResult& result, int status) {
  if (WIFSIGNALED(status)) {
    result.signal = WTERMSIG(status);
    result.exit_code = kKilledBy + result.signal;
  } else {
    result.exit_code = WEXITSTATUS(status);
  }
}

void set_usage(AttemptResult& result, const rusage& usage) {
  result.usage.user = duration_of(usage.ru_utime);
  result.usage.system = duration_of(usage.ru_stime);
  result.usage.peak_memory = peak_memory(usage);
}

}  // namespace shoal
