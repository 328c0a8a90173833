#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"
#include "sched/attempt.h"

namespace shoal {

/// What the attempts of a process's life came to: how many ended how, and how
/// long they took. For metrics.
class AttemptTally {
 public:
  /// Upper bounds of the counts in within(), in seconds: from commands that are
  /// over at once to simulations of a week.
  static constexpr std::array<double, 12> kBounds = {0.1, 0.5, 2,    10,    30,    60,
                                                     300, 900, 3600, 14400, 86400, 604800};

  void add(const AttemptResult& result);

  std::uint64_t ended(EndClass end) const { return ended_[static_cast<std::size_t>(end)]; }
  /// That ran, however they ended: neither uploads alone nor inputs missing.
  std::uint64_t ran() const { return ran_; }
  /// Of those, the ones that took at most kBounds[bound] seconds.
  std::uint64_t within(std::size_t bound) const;
  Duration wall() const { return wall_; }  // the sum
  Duration cpu() const { return cpu_; }    // the sum, of user and system
  /// Bytes, the most of one attempt; 0: unknown.
  std::uint64_t peak_memory() const { return peak_memory_; }
  std::uint64_t uploaded_files() const { return uploaded_files_; }
  std::uint64_t uploaded_bytes() const { return uploaded_bytes_; }

 private:
  std::array<std::uint64_t, kEndClasses> ended_{};
  std::array<std::uint64_t, kBounds.size()> within_{};  // and not within the bound before
  std::uint64_t ran_ = 0;
  Duration wall_{0};
  Duration cpu_{0};
  std::uint64_t peak_memory_ = 0;
  std::uint64_t uploaded_files_ = 0;
  std::uint64_t uploaded_bytes_ = 0;
};

}  // namespace shoal
