#pragma once

#include <cstdint>
#include <random>

#include "base/time.h"

namespace shoal {

/// How long to wait before the next try: doubles from `first` to `longest`,
/// and of that a random half to whole, so that a hundred clients whose server
/// came back do not all knock at once.
class Backoff {
 public:
  Backoff(Duration first, Duration longest, std::uint32_t seed)
      : first_(first), longest_(longest), next_(first), random_(seed) {}

  Duration next();
  void reset() { next_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration next_;
  std::minstd_rand random_;
};

}  // namespace shoal
