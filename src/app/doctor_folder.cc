#include <fcntl.h>
#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <vector>

#include "amqp/work_folder.h"
#include "app/doctor_checks.h"
#include "journal/file_descriptor.h"

namespace shoal {
namespace {

constexpr int kTries = 15;
/// A lease is taken and let go for every command on a worker.
constexpr double kSlowMilliseconds = 50;

constexpr long kNfs = 0x6969;  // statfs(2)

/// Median milliseconds of some tries; negative when one failed.
double milliseconds_of(const std::function<bool()>& attempt) {
  std::vector<double> times;
  for (int i = 0; i < kTries; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    if (!attempt()) return -1;
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    times.push_back(time.count());
  }
  std::nth_element(times.begin(), times.begin() + kTries / 2, times.end());
  return times[kTries / 2];
}

void report_speed(const std::string& what, double milliseconds, Findings& findings) {
  if (milliseconds < 0) {
    findings.bad(fmt::format("{} failed: {}", what, std::strerror(errno)));
  } else if (milliseconds > kSlowMilliseconds) {
    findings.note(fmt::format(
        "{} takes {:.1f} ms: each command on a worker waits for it. Short commands will suffer.",
        what, milliseconds));
  } else {
    findings.good(fmt::format("{} takes {:.1f} ms.", what, milliseconds));
  }
}

}  // namespace

void check_folder(const std::string& folder, Findings& findings) {
  const auto id = work_folder_id(folder);
  if (!id) return findings.bad(id.error().sentence());
  findings.good(fmt::format("The folder {} can be written; its id is {}.", folder, *id));
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) == 0 && status.f_type == kNfs) {
    findings.good("It is an NFS volume.");
  }
  const std::string path = folder + "/.shoal/doctor-" + std::to_string(::getpid());
  const double lease = milliseconds_of([&] {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    return file && ::write(file.get(), "x\n", 2) == 2 && ::unlink(path.c_str()) == 0;
  });
  report_speed("Taking a lease (making a file and removing it)", lease, findings);
  const FileDescriptor journal(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  constexpr std::array<char, 4096> kBlock{};
  const double record = milliseconds_of([&] {
    return ::write(journal.get(), kBlock.data(), kBlock.size()) ==
               static_cast<ssize_t>(kBlock.size()) &&
           ::fdatasync(journal.get()) == 0;
  });
  ::unlink(path.c_str());
  report_speed("Getting a record onto the disk (fdatasync)", record, findings);
}

}  // namespace shoal
