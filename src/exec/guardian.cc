#include "exec/guardian.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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
constexpr std::int64_t kLookPauseAtLeast = 1000;  // milliseconds
constexpr std::int64_t kLookPausePerCost = 300;

constexpr int kDeadlinePause = 500;  // milliseconds

constexpr std::uint32_t kLeasesBesideSlots = 64;

}  // namespace

/// What the child works with; made before the fork.
struct GuardianWatch {
  using SlotEntry = Guardian::SlotEntry;
  using LeaseEntry = Guardian::LeaseEntry;
  SlotEntry* slot_entries = nullptr;
  LeaseEntry* lease_entries = nullptr;
  std::uint32_t slots = 0;
  std::uint32_t leases = 0;
  int lease_folder = -1;
  pid_t* lasting = nullptr;  // room for the groups that ran at the last look, too
  pid_t* last_seen = nullptr;
  EscapedProcesses* escaped = nullptr;
  int shoal_is_alive = -1;    // read end
  const int* kept = nullptr;  // sorted, with shoal_is_alive among them
  std::size_t kept_count = 0;
};

namespace {

using Watch = GuardianWatch;

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

/// What leaves its group can only be found while the group's leader lives, so
/// not any more when shoal is dead. Short commands are spared. How long to wait
/// until the next look, in milliseconds.
std::int64_t look_for_escaped(const Watch& watch) {
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < watch.slots; ++i) {
    const pid_t group = watch.slot_entries[i].group;
    if (group > 0 && group == watch.last_seen[i]) watch.lasting[count++] = group;
    watch.last_seen[i] = group;
  }
  if (count == 0) return kLookPauseAtLeast;
  const BootInstant begin = boot_now();
  watch.escaped->look_for({watch.lasting, count});
  return std::max(kLookPauseAtLeast, kLookPausePerCost * (boot_now() - begin).count());
}

void kill_group(const Watch& watch, pid_t group) {
  if (group <= 0) return;
  ::kill(-group, SIGKILL);
  watch.escaped->kill(group);
}

/// The group is read first: should the slot get another one meanwhile, the
/// deadline is the other one's, and later.
void keep_deadlines(const Watch& watch) {
  const std::int64_t now = boot_now().count();
  for (std::uint32_t i = 0; i < watch.slots; ++i) {
    const pid_t group = watch.slot_entries[i].group;
    const std::int64_t deadline = watch.slot_entries[i].deadline;
    if (deadline > 0 && deadline <= now) kill_group(watch, group);
  }
}

void wait_until_shoal_is_gone(const Watch& watch) {
  pollfd alive{watch.shoal_is_alive, POLLIN, 0};
  const int most = watch.lease_folder >= 0 ? kDeadlinePause : kLookPauseAtLeast;
  std::int64_t next_look = boot_now().count() + kLookPauseAtLeast;
  for (;;) {
    const int ready = ::poll(&alive, 1, most);
    if (ready > 0) return;
    keep_deadlines(watch);
    if (ready == 0 && boot_now().count() >= next_look) {
      next_look = boot_now().count() + look_for_escaped(watch);
    }
  }
}

/// False: something could not be killed.
bool kill_what_is_left(const Watch& watch) {
  for (std::uint32_t i = 0; i < watch.slots; ++i) kill_group(watch, watch.slot_entries[i].group);
  bool all_gone = true;
  const timespec pause{0, kPollNanoseconds};
  for (std::uint32_t i = 0; i < watch.slots; ++i) {
    const pid_t group = watch.slot_entries[i].group;
    const auto is_left = [&] { return is_alive(group) || watch.escaped->any_runs(group); };
    for (int polls = 0; group > 0 && polls < kPollsUntilGivenUp && is_left(); ++polls) {
      ::nanosleep(&pause, nullptr);
    }
    if (group > 0 && is_left()) all_gone = false;
  }
  return all_gone;
}

/// Decimal digits at the end of the buffer, without snprintf(3).
const char* name_of(std::uint32_t number, std::array<char, 16>& buffer) {
  std::size_t at = buffer.size() - 1;
  buffer[at] = '\0';
  do {
    buffer[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return buffer.data() + at;
}

/// Not before all is dead: whoever finds a lease gone starts the command.
void remove_leases(const Watch& watch) {
  std::array<char, 16> buffer{};
  for (std::uint32_t i = 0; i < watch.leases; ++i) {
    const std::uint64_t inode = watch.lease_entries[i].inode;
    if (inode == 0) continue;
    const char* name = name_of(watch.lease_entries[i].name, buffer);
    struct stat status {};
    if (::fstatat(watch.lease_folder, name, &status, 0) == 0 && status.st_ino == inode) {
      ::unlinkat(watch.lease_folder, name, 0);
    }
  }
}

[[noreturn]] void guard(const Watch& watch) {
  leave_terminal();
  close_all_but(watch.kept, watch.kept_count);
  if (::chdir("/") != 0) ::_exit(1);
  wait_until_shoal_is_gone(watch);
  if (kill_what_is_left(watch)) remove_leases(watch);
  ::_exit(0);
}

}  // namespace

BootInstant boot_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<BootInstant>(std::chrono::seconds(now.tv_sec) +
                                                 std::chrono::nanoseconds(now.tv_nsec));
}

Expected<Guardian> Guardian::create(std::uint32_t slots, const std::vector<int>& kept_open,
                                    int lease_folder) {
  Guardian guardian;
  guardian.slots_ = slots;
  guardian.leases_ = lease_folder < 0 ? 0 : 2 * slots + kLeasesBesideSlots;
  void* memory = ::mmap(nullptr, guardian.memory_size(), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return infrastructure_error(
        {}, std::string("no shared memory for the guardian: ") + std::strerror(errno));
  }
  guardian.slot_entries_ = static_cast<SlotEntry*>(memory);
  guardian.lease_entries_ = reinterpret_cast<LeaseEntry*>(guardian.slot_entries_ + slots);

  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return infrastructure_error({},
                                std::string("no pipe to the guardian: ") + std::strerror(errno));
  }
  guardian.alive_ = ends[1];
  std::vector<int> kept = kept_open;
  kept.push_back(ends[0]);
  if (lease_folder >= 0) kept.push_back(lease_folder);
  std::sort(kept.begin(), kept.end());
  std::vector<pid_t> room(2 * std::size_t{slots});
  const auto escaped = std::make_unique<EscapedProcesses>();
  const Watch watch{guardian.slot_entries_,
                    guardian.lease_entries_,
                    slots,
                    guardian.leases_,
                    lease_folder,
                    room.data(),
                    room.data() + slots,
                    escaped.get(),
                    ends[0],
                    kept.data(),
                    kept.size()};

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
    : slot_entries_(std::exchange(other.slot_entries_, nullptr)),
      lease_entries_(other.lease_entries_),
      slots_(other.slots_),
      leases_(other.leases_),
      alive_(std::exchange(other.alive_, -1)),
      pid_(std::exchange(other.pid_, -1)) {}

Guardian& Guardian::operator=(Guardian&& other) noexcept {
  if (this != &other) {
    dismiss();
    slot_entries_ = std::exchange(other.slot_entries_, nullptr);
    lease_entries_ = other.lease_entries_;
    slots_ = other.slots_;
    leases_ = other.leases_;
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
  if (slot_entries_ != nullptr) ::munmap(std::exchange(slot_entries_, nullptr), memory_size());
}

void Guardian::add_lease(std::uint32_t name, std::uint64_t inode) {
  for (std::uint32_t i = 0; i < leases_; ++i) {
    if (lease_entries_[i].inode != 0) continue;
    lease_entries_[i].name = name;
    lease_entries_[i].inode = inode;  // last: from now on the entry counts
    return;
  }
}

void Guardian::drop_lease(std::uint32_t name) {
  for (std::uint32_t i = 0; i < leases_; ++i) {
    if (lease_entries_[i].name == name) lease_entries_[i].inode = 0;
  }
}

}  // namespace shoal
