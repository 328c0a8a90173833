#pragma once

#include <chrono>

namespace shoal {

using Duration = std::chrono::microseconds;

/// A point on the monotonic clock of this boot: for intervals, never written
/// to disk.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// A point on the calendar (UTC): for the journal and for people.
using WallTime = std::chrono::sys_time<Duration>;

constexpr double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace shoal
