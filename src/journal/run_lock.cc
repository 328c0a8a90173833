#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <thread>

#include "journal/disk.h"
#include "journal/run_directory.h"

namespace shoal {
namespace {

std::string lock_path(const std::string& run_folder) { return run_folder + "/lock"; }

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

int try_lock(int descriptor, int operation) {
  while (::flock(descriptor, operation | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

/// Writes "pid host time", for the message that another shoal gives. Advice
/// only: that it cannot be written (a full disk) does not break the lock.
void sign(int descriptor) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string text =
      fmt::format("{} {} {:%Y-%m-%dT%H:%M:%SZ}\n", ::getpid(), host_name(), fmt::gmtime(now));
  if (::ftruncate(descriptor, 0) != 0) return;
  static_cast<void>(!::pwrite(descriptor, text.data(), text.size(), 0));
}

tl::unexpected<Error> held_by_another(int descriptor, const std::string& path) {
  std::array<char, 512> buffer{};
  const ssize_t size = read_at(descriptor, buffer.data(), buffer.size(), 0);
  std::istringstream text(
      std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))));
  std::string pid;
  std::string host;
  std::string time;
  if (!(text >> pid >> host >> time)) {
    return infrastructure_error(path, "another shoal has this run open",
                                "Wait until it ends, or start a new run with --fresh");
  }
  return infrastructure_error(
      path,
      fmt::format("another shoal has this run open: process {} on host {}, since {}", pid, host,
                  time),
      fmt::format("Wait until it ends, or stop it there (kill {})", pid));
}

}  // namespace

Expected<RunLock> RunLock::acquire(const std::string& run_folder,
                                   std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kPause{20};
  if (auto made = make_folders(run_folder); !made) return tl::unexpected(made.error());
  const std::string path = lock_path(run_folder);
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file) return disk_error(path, "cannot open the lock", errno);
  const auto give_up = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const int code = try_lock(file.get(), LOCK_EX);
    if (code == 0) break;
    if (code != EWOULDBLOCK) {
      return infrastructure_error(
          path, "cannot lock: " + std::generic_category().message(code),
          "Put the project on a file system that supports flock (for NFS: version 4)");
    }
    if (std::chrono::steady_clock::now() >= give_up) return held_by_another(file.get(), path);
    std::this_thread::sleep_for(kPause);  // flock(2) can wait, but not for a limited time
  }
  sign(file.get());
  return RunLock(std::move(file));
}

bool RunLock::is_held(const std::string& run_folder) {
  const FileDescriptor file(::open(lock_path(run_folder).c_str(), O_RDONLY | O_CLOEXEC));
  return file && try_lock(file.get(), LOCK_SH) == EWOULDBLOCK;
}

}  // namespace shoal
