#include "base/backoff.h"

#include <algorithm>

namespace shoal {

Duration Backoff::next() {
  const Duration whole = std::min(next_, longest_);
  next_ = whole * 2;
  return Duration(std::uniform_int_distribution(whole.count() / 2, whole.count())(random_));
}

}  // namespace shoal
