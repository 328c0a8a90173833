#pragma once

#include "base/time.h"

namespace shoal {

/// The clocks that the pure steps are told about.
inline Instant monotonic_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}
inline WallTime wall_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace shoal
