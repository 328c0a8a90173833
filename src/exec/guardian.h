#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace shoal {

/// A small process that outlives shoal for a moment: when shoal dies, however
/// it dies, the guardian kills the process groups that were running, so that
/// no orphan writes to a file that the resumed run is about to make. It holds
/// the run's lock until they are gone.
class Guardian {
 public:
  /// Forks. Call before threads are made. `kept_open` are held by the guardian
  /// too; every other descriptor is closed in it.
  static Expected<Guardian> create(std::uint32_t slots, const std::vector<int>& kept_open);
  Guardian(Guardian&&) noexcept;
  Guardian& operator=(Guardian&&) noexcept;
  ~Guardian();

  /// The process group now running in the slot; 0 when it has ended.
  void watch(SlotIndex slot, pid_t group);

 private:
  Guardian() = default;
  volatile pid_t* groups_ = nullptr;  // shared memory, one entry a slot
  std::uint32_t slots_ = 0;
  int alive_ = -1;  // write end of a pipe whose closing tells the guardian
  pid_t pid_ = -1;
};

}  // namespace shoal
