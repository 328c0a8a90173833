#include "amqp/lease_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "exec/descriptor.h"

namespace shoal {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::string numbered(const std::string& folder, CommandId command) {
  return folder + "/" + std::to_string(number(command));
}

Expected<void> make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return infrastructure_error(path, "cannot make this folder: " + error.message());
  return {};
}

FileDescriptor open_folder(const std::string& path) {
  return FileDescriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

LeaseFolder::LeaseFolder(const std::string& run_folder)
    : leases_(run_folder + "/leases"),
      marks_(run_folder + "/marks"),
      finished_(run_folder + "/finished"),
      death_(run_folder + "/lease-milliseconds") {}

Expected<void> LeaseFolder::make() const {
  ::unlink(finished_.c_str());
  if (auto made = make_folder(leases_); !made) return made;
  return make_folder(marks_);
}

void LeaseFolder::remove() const {
  std::error_code ignored;
  std::filesystem::remove_all(leases_, ignored);
  std::filesystem::remove_all(marks_, ignored);
  std::filesystem::remove(death_, ignored);
}

void LeaseFolder::note_finished() const { std::ofstream(finished_) << "finished\n"; }
bool LeaseFolder::is_finished() const { return ::access(finished_.c_str(), F_OK) == 0; }

bool LeaseFolder::is_finished_since(std::filesystem::file_time_type time) const {
  std::error_code error;
  const auto finished = std::filesystem::last_write_time(finished_, error);
  return !error && finished > time;
}

bool LeaseFolder::exists() const {
  return ::access(leases_.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

Expected<Duration> LeaseFolder::agree_on_death(Duration wished) const {
  std::int64_t before = 0;
  std::ifstream(death_) >> before;
  const std::int64_t wished_ms = std::chrono::ceil<std::chrono::milliseconds>(wished).count();
  if (before >= wished_ms) return std::chrono::milliseconds(before);
  std::ofstream file(death_);
  file << wished_ms << '\n';
  if (!file.flush()) return infrastructure_error(death_, "cannot write this file");
  return wished;
}

std::string LeaseFolder::lease_path(CommandId command) const { return numbered(leases_, command); }
std::string LeaseFolder::pulse_path(const WorkerName& worker, std::uint32_t pulse) const {
  return leases_ + "/" + worker + "." + std::to_string(pulse);
}
std::string LeaseFolder::mark_path(CommandId command) const { return numbered(marks_, command); }

Expected<void> LeaseFolder::mark(CommandId command) const {
  const std::string path = mark_path(command);
  const FileDescriptor folder = open_folder(marks_);
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!folder || !file || ::fsync(file.get()) != 0 || ::fsync(folder.get()) != 0) {
    return infrastructure_error(path, std::string("cannot write: ") + std::strerror(errno));
  }
  return {};
}

bool LeaseFolder::is_marked(CommandId command) const {
  const FileDescriptor folder = open_folder(marks_);
  return folder && ::faccessat(folder.get(), std::to_string(number(command)).c_str(), F_OK, 0) == 0;
}

Expected<std::optional<std::int64_t>> LeaseFolder::beat(CommandId command) const {
  const std::string path = lease_path(command);
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file && ::fstat(file.get(), &status) == 0) {
    return status.st_mtim.tv_sec * kNanosecondsPerSecond + status.st_mtim.tv_nsec;
  }
  if (!file && errno == ENOENT) return std::nullopt;
  return infrastructure_error(path, std::string("cannot read: ") + std::strerror(errno));
}

void LeaseFolder::break_lease(CommandId command) const { ::unlink(lease_path(command).c_str()); }

}  // namespace shoal
