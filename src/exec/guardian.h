#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace shoal {

/// A small process that outlives shoal for a moment: when shoal dies, however
/// it dies, the guardian kills the process groups that were running, and what
/// it has seen leave them, so that no orphan writes to a file that the resumed run is about to
/// make. It holds the run's lock until they are gone (at most ten seconds).
///
/// It lives in a session of its own, so that Ctrl-C and a closed terminal pass
/// it by, and holds no terminal, pipe or folder of shoal's.
class Guardian {
 public:
  /// Forks, and does nothing in the child that is not async-signal-safe, so
  /// other threads may exist. Call it early all the same: the child shares the
  /// memory that shoal has by then. `kept_open` are held by the guardian too;
  /// every other descriptor is closed in it.
  static Expected<Guardian> create(std::uint32_t slots, const std::vector<int>& kept_open);
  Guardian(Guardian&& other) noexcept;
  Guardian& operator=(Guardian&& other) noexcept;
  /// Dismisses the guardian and waits for its end; groups still watched are
  /// killed first.
  ~Guardian();

  /// The process group now running in the slot; 0 when it has ended.
  void watch(SlotIndex slot, pid_t group) { *entry(slot) = group; }

  /// Where the slot's group stands, in memory shared with the guardian: a new
  /// child can write itself there before it does anything else.
  volatile pid_t* entry(SlotIndex slot) { return groups_ + number(slot); }

  pid_t pid() const { return pid_; }

 private:
  Guardian() = default;
  void dismiss();

  volatile pid_t* groups_ = nullptr;  // shared memory, one entry a slot
  std::uint32_t slots_ = 0;
  int alive_ = -1;  // write end of a pipe whose closing tells the guardian
  pid_t pid_ = -1;
};

}  // namespace shoal
