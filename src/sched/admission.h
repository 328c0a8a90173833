#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace shoal {

/// What one command needs while it runs.
struct Demand {
  double cpus = 1;
  std::uint64_t memory = 0;  // expected peak, bytes; 0: unknown, counts as nothing
  bool alone = false;        // nothing else may run beside it
};

/// Room to run commands: slots, cpus and memory. What asks for more than there
/// is runs when nothing else does, so that every command fits in the end.
class Admission {
 public:
  /// `memory` 0: memory does not limit.
  Admission(std::uint32_t slots, double cpus, std::uint64_t memory)
      : slots_(std::max(slots, 1U)), cpus_(thousandths(cpus)), memory_(memory) {}

  void set_slots(std::uint32_t slots) { slots_ = std::max(slots, 1U); }
  bool in_use() const { return running_ > 0; }
  bool has_free_slot() const { return running_ < slots_; }

  bool fits(const Demand& demand) const {
    if (running_ == 0) return true;
    if (!has_free_slot() || demand.alone || runs_alone_) return false;
    const std::uint64_t cpus = std::max<std::uint64_t>(thousandths(demand.cpus), 1);
    if (cpus_in_use_ > cpus_ || cpus > cpus_ - cpus_in_use_) return false;
    return memory_ == 0 || (memory_in_use_ <= memory_ && demand.memory <= memory_ - memory_in_use_);
  }

  /// Only what fits may be admitted.
  void admit(const Demand& demand) {
    ++running_;
    cpus_in_use_ += thousandths(demand.cpus);
    memory_in_use_ += demand.memory;
    runs_alone_ = demand.alone;
  }

  /// Gives back what was admitted.
  void release(const Demand& demand) {
    --running_;
    cpus_in_use_ -= thousandths(demand.cpus);
    memory_in_use_ -= demand.memory;
    runs_alone_ = false;
  }

 private:
  // Whole numbers, because sums of fractions such as 0.1 do not come back to 0.
  static std::uint64_t thousandths(double cpus) {
    constexpr double kMost = 1e9;
    return static_cast<std::uint64_t>(std::llround(1000 * std::clamp(cpus, 0.0, kMost)));
  }

  std::uint32_t slots_;
  std::uint64_t cpus_;
  std::uint64_t memory_;
  std::uint32_t running_ = 0;
  std::uint64_t cpus_in_use_ = 0;
  std::uint64_t memory_in_use_ = 0;
  bool runs_alone_ = false;
};

}  // namespace shoal
