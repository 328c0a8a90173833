#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace shoal {

/// Looks at the beat of one lease again and again (see LeaseFolder::beat), to
/// tell whether its holder lives: by the clock of whoever looks.
class BeatWatch {
 public:
  /// Begins anew.
  void reset() { beat_.reset(); }

  /// Whether the beat has been the same for at least `death`.
  bool is_dead(std::int64_t beat, Instant now, Duration death) {
    if (beat_ == beat) return now - since_ >= death;
    beat_ = beat;
    since_ = now;
    return false;
  }

 private:
  std::optional<std::int64_t> beat_;
  Instant since_{};
};

}  // namespace shoal
