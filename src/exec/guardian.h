#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace shoal {

/// A point on the clock that goes on while the machine sleeps (CLOCK_BOOTTIME),
/// for rights that end by themselves.
using BootInstant = std::chrono::duration<std::int64_t, std::milli>;
BootInstant boot_now();

/// A small process that outlives shoal for a moment: when shoal dies, however
/// it dies, the guardian kills the process groups that were running, and what
/// it has seen leave them, so that no orphan writes to a file that the resumed run is about to
/// make. It holds the run's lock until they are gone (at most ten seconds).
///
/// It also kills a group whose deadline has passed: a worker may run a command
/// only while it renews its lease, and cannot see to that itself while it is
/// stopped or waits for a disk. And when all is dead, it removes the leases.
///
/// It lives in a session of its own, so that Ctrl-C and a closed terminal pass
/// it by, and holds no terminal, pipe or folder of shoal's.
class Guardian {
 public:
  /// Forks, and does nothing in the child that is not async-signal-safe, so
  /// other threads may exist. Call it early all the same: the child shares the
  /// memory that shoal has by then. `kept_open` are held by the guardian too,
  /// as is `lease_folder`, the descriptor of a folder (-1: none); every other
  /// one is closed in it.
  static Expected<Guardian> create(std::uint32_t slots, const std::vector<int>& kept_open,
                                   int lease_folder = -1);
  Guardian(Guardian&& other) noexcept;
  Guardian& operator=(Guardian&& other) noexcept;
  /// Dismisses the guardian and waits for its end; groups still watched are
  /// killed first.
  ~Guardian();

  /// The process group now running in the slot; 0 when it has ended.
  void watch(SlotIndex slot, pid_t group) { *entry(slot) = group; }

  /// Where the slot's group stands, in memory shared with the guardian: a new
  /// child can write itself there before it does anything else.
  volatile pid_t* entry(SlotIndex slot) { return &slot_entry(slot).group; }

  /// When the slot's group is to be killed, within a second; zero: never.
  void set_deadline(SlotIndex slot, BootInstant deadline) {
    slot_entry(slot).deadline = deadline.count();
  }

  /// A file of the lease folder, by its name and its inode, that is to go when
  /// shoal has died and nothing of it runs any more. Of more than there is room
  /// for (twice the slots and 64), some stay.
  void add_lease(std::uint32_t name, std::uint64_t inode);
  void drop_lease(std::uint32_t name);

  pid_t pid() const { return pid_; }

 private:
  /// In memory shared with the guardian.
  struct SlotEntry {
    volatile pid_t group;
    volatile std::int64_t deadline;
  };
  struct LeaseEntry {
    volatile std::uint64_t inode;  // 0: the entry is free
    volatile std::uint32_t name;
  };
  friend struct GuardianWatch;

  Guardian() = default;
  SlotEntry& slot_entry(SlotIndex slot) { return slot_entries_[number(slot)]; }
  std::size_t memory_size() const {
    return slots_ * sizeof(SlotEntry) + leases_ * sizeof(LeaseEntry);
  }
  void dismiss();

  SlotEntry* slot_entries_ = nullptr;  // the beginning of the shared memory
  LeaseEntry* lease_entries_ = nullptr;
  std::uint32_t slots_ = 0;
  std::uint32_t leases_ = 0;
  int alive_ = -1;  // write end of a pipe whose closing tells the guardian
  pid_t pid_ = -1;
};

}  // namespace shoal
