#include "exec/process_group.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace shoal {
namespace {

/// What getdents64(2) fills in.
struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};
constexpr std::size_t kNameOffset = offsetof(DirectoryEntry, name);

/// Whether /proc/PID/stat, read into `stat`, shows a live member of `group`.
/// After the name in parentheses (which may hold anything) come the state, the
/// parent and the group: proc(5).
bool shows_live_member(const char* stat, pid_t group) {
  const char* after_name = std::strrchr(stat, ')');
  if (after_name == nullptr || std::strlen(after_name) < 4) return false;
  const char state = after_name[2];
  char* rest = nullptr;
  std::strtol(after_name + 3, &rest, 10);
  return std::strtol(rest, nullptr, 10) == group && state != 'Z' && state != 'X';
}

bool is_live_member(int proc, const char* pid, pid_t group) {
  char path[64];
  const std::size_t length = std::strlen(pid);
  if (length == 0 || length > 20 || pid[0] < '0' || pid[0] > '9') return false;
  std::memcpy(path, pid, length);
  std::memcpy(path + length, "/stat", sizeof "/stat");
  const int file = ::openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char stat[512];
  const ssize_t size = ::read(file, stat, sizeof stat - 1);
  ::close(file);
  if (size <= 0) return false;
  stat[size] = '\0';
  return shows_live_member(stat, group);
}

}  // namespace

bool is_alive(pid_t group) {
  if (::kill(-group, 0) != 0 && errno == ESRCH) return false;
  const int proc = ::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return true;
  bool found = false;
  alignas(DirectoryEntry) char entries[4096];
  for (long size = 0;
       !found && (size = ::syscall(SYS_getdents64, proc, entries, sizeof entries)) > 0;) {
    for (long at = 0; !found && at < size;) {
      std::uint16_t length = 0;
      std::memcpy(&length, entries + at + offsetof(DirectoryEntry, length), sizeof length);
      found = is_live_member(proc, entries + at + kNameOffset, group);
      at += length;
    }
  }
  ::close(proc);
  return found;
}

}  // namespace shoal
