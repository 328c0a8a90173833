#include "exec/warm/enrolment.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>

namespace shoal {
namespace {

void be_subreaper(bool on) { ::prctl(PR_SET_CHILD_SUBREAPER, on ? 1UL : 0UL, 0UL, 0UL, 0UL); }

bool is_own_child(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace

OrphanAdoption::~OrphanAdoption() {
  if (expected_ > 0) be_subreaper(false);
}

void OrphanAdoption::begin() {
  if (expected_++ == 0) be_subreaper(true);
}

void OrphanAdoption::end() {
  if (--expected_ == 0) be_subreaper(false);
}

std::optional<pid_t> enrolled_child(std::string_view answer) {
  pid_t pid = -1;
  const char* const end = answer.data() + answer.size();
  const auto [stop, error] = std::from_chars(answer.data(), end, pid);
  const bool is_pid = error == std::errc() && stop == end && pid > 0;
  return is_pid && is_own_child(pid) ? std::optional(pid) : std::nullopt;
}

void end_child(pid_t pid) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void let_begin(int control) {
  constexpr std::string_view kGo = "go";
  ::send(control, kGo.data(), kGo.size(), MSG_NOSIGNAL);
}

}  // namespace shoal
