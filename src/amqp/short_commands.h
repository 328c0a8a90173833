#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace shoal {

// Commands so short that a message for each would be the larger part of them
// travel together, out and back: docs/protocol.md.

inline constexpr Duration kShortCommand = std::chrono::milliseconds(20);
inline constexpr std::size_t kMostTogether = 50;  // attempts, or results, in a message

/// How long recent commands took, the last eight or so. Before the first one:
/// long, for a wrong guess the other way costs more.
class RecentDuration {
 public:
  RecentDuration() = default;
  explicit RecentDuration(Duration first) : average_(first) {}
  void add(Duration duration) { average_ += (duration - average_) / kMemory; }
  Duration average() const { return average_; }

 private:
  static constexpr int kMemory = 8;
  Duration average_ = std::chrono::seconds(1);
};

}  // namespace shoal
