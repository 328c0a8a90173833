#include "amqp/lease_holder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace shoal {
namespace {

using Refusal = LeaseHolder::Refusal;

enum class Owner : std::uint8_t { this_pulse, another, nobody, unknown };

Owner owner_of(const std::string& lease, std::uint64_t inode) {
  struct stat status {};
  if (::stat(lease.c_str(), &status) == 0) {
    return status.st_ino == inode ? Owner::this_pulse : Owner::another;
  }
  return errno == ENOENT ? Owner::nobody : Owner::unknown;
}

constexpr std::uint64_t kFirstNames = 2;  // of a pulse: its own, and its first lease

bool has_no_links(int error) {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
}

}  // namespace

/// Some volumes make links, and say that each file has one name.
bool LeaseHolder::counts_names(const Pulse& pulse) {
  struct stat status {};
  return ::fstat(pulse.file.get(), &status) == 0 && status.st_nlink == pulse.names;
}

LeaseHolder::~LeaseHolder() {
  if (common_) ::unlink(common_->path.c_str());
}

LeaseHolder::SharedPulse LeaseHolder::begin_pulse(std::string path, BootInstant now) const {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) return nullptr;
  struct stat status {};
  const std::string line = worker_ + "\n";  // for people who look
  if (::fstat(file.get(), &status) != 0 ||
      ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    const int error = errno;
    ::unlink(path.c_str());
    errno = error;
    return nullptr;
  }
  return std::make_shared<Pulse>(Pulse{std::move(file), std::move(path), status.st_ino, 1, now});
}

tl::expected<std::uint64_t, Refusal> LeaseHolder::take(TaskId task, BootInstant now) {
  if (holds_command(task.command)) return tl::unexpected(Refusal::busy);
  tl::expected<SharedPulse, Refusal> taken = tl::unexpected(Refusal::unavailable);
  if (links_) taken = link_lease(task.command, now);
  if (!links_) taken = make_lease(task.command, now);
  if (!taken) return tl::unexpected(taken.error());
  held_.emplace(task, *taken);
  return (*taken)->inode;
}

tl::expected<LeaseHolder::SharedPulse, Refusal> LeaseHolder::link_lease(CommandId command,
                                                                        BootInstant now) {
  if (common_ && !has_life(*common_, now)) return tl::unexpected(Refusal::unavailable);
  if (!common_) {
    common_ = begin_pulse(folder_.pulse_path(worker_, ++pulses_), now);
    if (!common_) return tl::unexpected(Refusal::unavailable);
  }
  const std::string lease = folder_.lease_path(command);
  if (::link(common_->path.c_str(), lease.c_str()) == 0) {
    if (++common_->names > kFirstNames || counts_names(*common_)) return common_;
    ::unlink(lease.c_str());
    links_ = false;
    return tl::unexpected(Refusal::unavailable);
  }
  const int error = errno;
  if (has_no_links(error)) {
    links_ = false;
  } else if (error != EEXIST) {
    lingering_.insert(command);
  } else if (owner_of(lease, common_->inode) != Owner::this_pulse) {
    return tl::unexpected(Refusal::busy);
  } else {
    // A server's answer to an earlier request was lost.
    lingering_.erase(command);
    ++common_->names;
    return common_;
  }
  return tl::unexpected(Refusal::unavailable);
}

tl::expected<LeaseHolder::SharedPulse, Refusal> LeaseHolder::make_lease(CommandId command,
                                                                        BootInstant now) const {
  SharedPulse pulse = begin_pulse(folder_.lease_path(command), now);
  if (pulse) return pulse;
  return tl::unexpected(errno == EEXIST ? Refusal::busy : Refusal::unavailable);
}

bool LeaseHolder::holds_command(CommandId command) const {
  const auto found = held_.lower_bound(TaskId{command, AttemptNumber::none});
  return found != held_.end() && found->first.command == command;
}

void LeaseHolder::release(TaskId task, BootInstant now) {
  const auto found = held_.find(task);
  if (found == held_.end()) return;
  const SharedPulse pulse = found->second;
  held_.erase(found);
  if (!has_life(*pulse, now)) return;
  const std::string lease = folder_.lease_path(task.command);
  const Owner owner = owner_of(lease, pulse->inode);
  const bool gone = owner == Owner::nobody || owner == Owner::another ||
                    (owner == Owner::this_pulse && ::unlink(lease.c_str()) == 0);
  if (pulse != common_) return;  // nobody renews it any more
  --pulse->names;
  if (!gone) lingering_.insert(task.command);
}

/// They would live as long as the pulse they share.
void LeaseHolder::retry_letting_go() {
  std::erase_if(lingering_, [this](CommandId command) {
    if (holds_command(command)) return true;
    const std::string lease = folder_.lease_path(command);
    const Owner owner = owner_of(lease, common_->inode);
    if (owner == Owner::this_pulse) return ::unlink(lease.c_str()) == 0;
    return owner != Owner::unknown;
  });
}

bool LeaseHolder::is_over(TaskId task, BootInstant now) const {
  const auto found = held_.find(task);
  return found == held_.end() || !has_life(*found->second, now);
}

BootInstant LeaseHolder::end_of(TaskId task, BootInstant now) const {
  const auto found = held_.find(task);
  return found == held_.end() ? now : found->second->renewed + life_;
}

/// Whether the leases of the pulse are still held; one that the volume failed to
/// renew may be. A file with fewer names than it was given has lost a lease to
/// the tasker, who took this worker for dead, and may have lost them all. (The
/// count comes from the server; names may come from a client's cache.)
bool LeaseHolder::beat(Pulse& pulse, BootInstant now) const {
  struct stat status {};
  if (::futimens(pulse.file.get(), nullptr) != 0 || ::fstat(pulse.file.get(), &status) != 0) {
    return errno != ESTALE;
  }
  if (status.st_nlink < pulse.names) return false;
  pulse.renewed = now;
  return true;
}

LeaseHolder::Renewal LeaseHolder::renew(BootInstant now) {
  std::set<SharedPulse> due;
  if (common_) due.insert(common_);
  for (const auto& [task, pulse] : held_) due.insert(pulse);
  std::erase_if(due, [&](const auto& pulse) { return now < pulse->renewed + renewal_; });

  std::set<SharedPulse> over;
  for (const SharedPulse& pulse : due) {
    // One that is over may be another's by now, and must not be touched.
    if (!has_life(*pulse, now) || !beat(*pulse, now)) over.insert(pulse);
  }
  Renewal result;
  for (const auto& [task, pulse] : held_) {
    if (over.contains(pulse)) {
      result.over.push_back(task);
    } else if (due.contains(pulse) && pulse->renewed == now) {
      result.renewed.push_back(task);
    }
  }
  std::erase_if(held_, [&](const auto& each) { return over.contains(each.second); });
  if (over.contains(common_)) {
    ::unlink(common_->path.c_str());
    common_.reset();
    lingering_.clear();
  }
  if (common_) retry_letting_go();
  return result;
}

}  // namespace shoal
