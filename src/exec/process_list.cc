#include "exec/process_list.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
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
static_assert(alignof(DirectoryEntry) == 8);

/// Reads the text of /proc/PID/stat. After the name in parentheses (which may
/// hold anything) come the state, the parent, the group and, as the 22nd of
/// all, the time of its start: proc(5).
std::optional<ProcessStat> parse(pid_t pid, const char* text) {
  constexpr int kStart = 22;
  const char* after_name = std::strrchr(text, ')');
  if (after_name == nullptr || std::strlen(after_name) < 4) return std::nullopt;
  ProcessStat stat;
  stat.pid = pid;
  stat.lives = after_name[2] != 'Z' && after_name[2] != 'X';
  const char* rest = after_name + 3;
  for (int field = 4; field <= kStart; ++field) {
    char* end = nullptr;
    const unsigned long long value = std::strtoull(rest, &end, 10);
    if (end == rest) return std::nullopt;
    rest = end;
    if (field == 4) stat.parent = static_cast<pid_t>(value);
    if (field == 5) stat.group = static_cast<pid_t>(value);
    if (field == kStart) stat.started = value;
  }
  return stat;
}

}  // namespace

std::optional<ProcessStat> process_stat(pid_t pid) {
  char path[64] = "/proc/";
  char* end = std::to_chars(path + 6, path + 32, pid).ptr;
  std::memcpy(end, "/stat", sizeof "/stat");
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  char text[1024];
  const ssize_t size = ::read(file, text, sizeof text - 1);
  ::close(file);
  if (size <= 0) return std::nullopt;
  text[size] = '\0';
  return parse(pid, text);
}

ProcessList::ProcessList() : proc_(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

ProcessList::~ProcessList() {
  if (proc_ >= 0) ::close(proc_);
}

std::optional<ProcessStat> ProcessList::next() {
  for (;;) {
    if (at_ >= size_) {
      at_ = 0;
      size_ = proc_ < 0 ? 0 : ::syscall(SYS_getdents64, proc_, entries_, sizeof entries_);
      if (size_ <= 0) return std::nullopt;
    }
    const char* name = entries_ + at_ + kNameOffset;
    std::uint16_t length = 0;
    std::memcpy(&length, entries_ + at_ + offsetof(DirectoryEntry, length), sizeof length);
    at_ += length;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name, name + std::strlen(name), pid);
    if (error != std::errc() || *end != '\0') continue;
    if (const auto stat = process_stat(pid)) return stat;
  }
}

}  // namespace shoal
