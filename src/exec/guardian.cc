#include "exec/guardian.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

#include "exec/escaped_processes.h"
#include "exec/process_group.h"

namespace shoal {
namespace {

constexpr int kPollsUntilGivenUp = 1000;
constexpr long kPollNanoseconds = 10'000'000;

// Looking for escaped processes takes at most this share of a core.
constexpr int kLookPauseAtLeast = 1000;  // milliseconds
constexpr int kLookPausePerCost = 300;

/// What the child works with; made before the fork.
struct Watch {
  volatile pid_t* groups = nullptr;
  std::uint32_t slots = 0;
  pid_t* lasting = nullptr;  // room for the groups that ran at the last look, too
  pid_t* last_seen = nullptr;
  EscapedProcesses* escaped = nullptr;
  int shoal_is_alive = -1;    // read end
  const int* kept = nullptr;  // sorted, with shoal_is_alive among them
  std::size_t kept_count = 0;
};

void leave_terminal() {
  ::setsid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2}) {
    ::signal(signal, SIG_IGN);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::prctl(PR_SET_NAME, "shoal-guardian");
}

void close_range_of(unsigned first, unsigned last) {
  if (first > last || ::close_range(first, last, 0) == 0) return;
  const long open_max = ::sysconf(_SC_OPEN_MAX);  // a kernel before 5.9
  for (long fd = first; fd <= static_cast<long>(last) && fd < open_max; ++fd) {
    ::close(static_cast<int>(fd));
  }
}

void close_all_but(const int* kept, std::size_t count) {
  unsigned first = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<unsigned>(kept[i]);
    if (number > first) close_range_of(first, number - 1);
    first = number + 1;
  }
  close_range_of(first, ~0U);
}

int milliseconds_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int>(now.tv_sec % 1'000'000 * 1000 + now.tv_nsec / 1'000'000);
}

/// What leaves its group can only be found while the group's leader lives, so
/// not any more when shoal is dead. Short commands are spared. How long to wait
/// until the next look, in milliseconds.
int look_for_escaped(const Watch& watch) {
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < watch.slots; ++i) {
    const pid_t group = watch.groups[i];
    if (group > 0 && group == watch.last_seen[i]) watch.lasting[count++] = group;
    watch.last_seen[i] = group;
  }
  if (count == 0) return kLookPauseAtLeast;
  const int begin = milliseconds_now();
  watch.escaped->look_for({watch.lasting, count});
  return std::max(kLookPauseAtLeast, kLookPausePerCost * (milliseconds_now() - begin));
}

void wait_until_shoal_is_gone(const Watch& watch) {
  pollfd alive{watch.shoal_is_alive, POLLIN, 0};
  int pause = kLookPauseAtLeast;
  for (;;) {
    const int ready = ::poll(&alive, 1, pause);
    if (ready > 0) return;
    if (ready == 0) pause = look_for_escaped(watch);
  }
}

void kill_what_is_left(const Watch& watch) {
  for (std::uint32_t i = 0; i < watch.slots; ++i) {
    if (watch.groups[i] <= 0) continue;
    ::kill(-watch.groups[i], SIGKILL);
    watch.escaped->kill(watch.groups[i]);
  }
  const timespec pause{0, kPollNanoseconds};
  for (std::uint32_t i = 0; i < watch.slots; ++i) {
    const pid_t group = watch.groups[i];
    const auto is_left = [&] { return is_alive(group) || watch.escaped->any_runs(group); };
    for (int polls = 0; group > 0 && polls < kPollsUntilGivenUp && is_left(); ++polls) {
      ::nanosleep(&pause, nullptr);
    }
  }
}

[[noreturn]] void guard(const Watch& watch) {
  leave_terminal();
  close_all_but(watch.kept, watch.kept_count);
  if (::chdir("/") != 0) ::_exit(1);
  wait_until_shoal_is_gone(watch);
  kill_what_is_left(watch);
  ::_exit(0);
}

}  // namespace

Expected<Guardian> Guardian::create(std::uint32_t slots, const std::vector<int>& kept_open) {
  Guardian guardian;
  guardian.slots_ = slots;
  void* memory = ::mmap(nullptr, slots * sizeof(pid_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return infrastructure_error(
        {}, std::string("no shared memory for the guardian: ") + std::strerror(errno));
  }
  guardian.groups_ = static_cast<volatile pid_t*>(memory);

  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return infrastructure_error({},
                                std::string("no pipe to the guardian: ") + std::strerror(errno));
  }
  guardian.alive_ = ends[1];
  std::vector<int> kept = kept_open;
  kept.push_back(ends[0]);
  std::sort(kept.begin(), kept.end());
  std::vector<pid_t> room(2 * std::size_t{slots});
  const auto escaped = std::make_unique<EscapedProcesses>();
  const Watch watch{guardian.groups_, slots,   room.data(), room.data() + slots,
                    escaped.get(),    ends[0], kept.data(), kept.size()};

  guardian.pid_ = ::fork();
  if (guardian.pid_ == 0) guard(watch);
  const int code = errno;
  ::close(ends[0]);
  if (guardian.pid_ < 0) {
    return infrastructure_error({},
                                std::string("cannot fork the guardian: ") + std::strerror(code));
  }
  return guardian;
}

Guardian::Guardian(Guardian&& other) noexcept
    : groups_(std::exchange(other.groups_, nullptr)),
      slots_(other.slots_),
      alive_(std::exchange(other.alive_, -1)),
      pid_(std::exchange(other.pid_, -1)) {}

Guardian& Guardian::operator=(Guardian&& other) noexcept {
  if (this != &other) {
    dismiss();
    groups_ = std::exchange(other.groups_, nullptr);
    slots_ = other.slots_;
    alive_ = std::exchange(other.alive_, -1);
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Guardian::~Guardian() { dismiss(); }

void Guardian::dismiss() {
  if (alive_ >= 0) ::close(std::exchange(alive_, -1));
  if (pid_ > 0) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
  if (groups_ != nullptr) {
    ::munmap(const_cast<pid_t*>(groups_), slots_ * sizeof(pid_t));
    groups_ = nullptr;
  }
}

}  // namespace shoal
