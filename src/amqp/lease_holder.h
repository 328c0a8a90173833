#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "amqp/ids.h"
#include "amqp/lease_folder.h"
#include "base/error.h"
#include "exec/descriptor.h"
#include "exec/guardian.h"

namespace shoal {

/// The leases of one worker in one run, as files of the LeaseFolder.
///
/// The worker has one file of its own there, its *pulse*, whose time it changes
/// while it lives. Each lease is a further name of that file: link(2) makes
/// exactly one of several contenders succeed, on NFS too, and costs a fraction of
/// making a file. Where the volume has no hard links, or does not count them,
/// each lease is a pulse of its own, made by O_EXCL.
///
/// A worker that missed the end of its leases' life (it was frozen, or the
/// volume hung) must not bring them back to life, so it begins a new pulse: the
/// old file never changes again, and the tasker finds the leases dead.
class LeaseHolder {
 public:
  /// `life`: after which a lease that was not renewed is over; `renewal`: how
  /// often one is renewed. Touches no file.
  LeaseHolder(LeaseFolder folder, WorkerName worker, BootInstant life, BootInstant renewal)
      : folder_(std::move(folder)), worker_(std::move(worker)), life_(life), renewal_(renewal) {}
  LeaseHolder(const LeaseHolder&) = delete;
  LeaseHolder& operator=(const LeaseHolder&) = delete;
  /// Leases stay; the name of the pulse goes.
  ~LeaseHolder();

  enum class Refusal : std::uint8_t {
    busy,         // another one holds it, or this one for another attempt
    unavailable,  // the volume fails
  };
  /// The inode of the lease, to tell it from another one's of the same command.
  tl::expected<std::uint64_t, Refusal> take(TaskId task, BootInstant now);

  /// Lets it go. One that is over is left to the tasker, who may have given it
  /// to another.
  void release(TaskId task, BootInstant now);

  /// Whether it was taken, not let go, and not reported as over.
  bool holds(TaskId task) const { return held_.contains(task); }
  /// Whether it is not held any more, or may not be.
  bool is_over(TaskId task, BootInstant now) const;
  /// When it is over unless renewed; `now` for one that is not held.
  BootInstant end_of(TaskId task, BootInstant now) const;

  struct Renewal {
    std::vector<TaskId> renewed;
    std::vector<TaskId> over;  // not held any more
  };
  /// Renews those that are due.
  Renewal renew(BootInstant now);

 private:
  struct Pulse {
    FileDescriptor file;
    std::string path;
    std::uint64_t inode = 0;
    std::uint64_t names = 1;  // that the file has as long as nobody breaks a lease
    BootInstant renewed{};    // before the volume was asked to
  };
  using SharedPulse = std::shared_ptr<Pulse>;

  SharedPulse begin_pulse(std::string path, BootInstant now) const;
  tl::expected<SharedPulse, Refusal> link_lease(CommandId command, BootInstant now);
  tl::expected<SharedPulse, Refusal> make_lease(CommandId command, BootInstant now) const;
  bool has_life(const Pulse& pulse, BootInstant now) const { return now < pulse.renewed + life_; }
  bool beat(Pulse& pulse, BootInstant now) const;
  static bool counts_names(const Pulse& pulse);
  bool holds_command(CommandId command) const;
  void retry_letting_go();

  LeaseFolder folder_;
  WorkerName worker_;
  BootInstant life_;
  BootInstant renewal_;
  std::map<TaskId, SharedPulse> held_;
  SharedPulse common_;             // of all leases that are links
  std::uint32_t pulses_ = 0;       // begun
  bool links_ = true;              // the volume has hard links, as far as is known
  std::set<CommandId> lingering_;  // not held; the volume may have kept their names
};

}  // namespace shoal
