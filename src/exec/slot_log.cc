#include "exec/slot_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace shoal {

std::string SlotLog::path(const std::string& log_folder, SlotIndex slot) {
  return log_folder + "/slot-" + std::to_string(number(slot)) + ".log";
}

Expected<SlotLog> SlotLog::open(std::string path) {
  FileDescriptor file = above_standard(
      FileDescriptor(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)));
  if (!file) {
    const int code = errno;
    return infrastructure_error(path, std::string("cannot open the log: ") + std::strerror(code),
                                code == EMFILE ? "Raise the limit of open files (ulimit -n)." : "");
  }
  return SlotLog(std::move(file), std::move(path));
}

std::uint64_t SlotLog::end() const {
  const off_t size = ::lseek(file_.get(), 0, SEEK_END);
  return size < 0 ? 0 : static_cast<std::uint64_t>(size);
}

void SlotLog::append(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // a full disk: the journal will stop the run
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string SlotLog::tail(std::uint64_t begin, std::uint64_t end, std::size_t limit) const {
  std::string text;
  if (end <= begin) return text;
  const std::uint64_t size = std::min<std::uint64_t>(end - begin, limit);
  const FileDescriptor reader(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  text.resize(size);
  const ssize_t got =
      ::pread(reader.get(), text.data(), text.size(), static_cast<off_t>(end - size));
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

}  // namespace shoal
