#include "sched/attempt_tally.h"

#include <algorithm>
#include <numeric>

namespace shoal {

void AttemptTally::add(const AttemptResult& result) {
  ++ended_[static_cast<std::size_t>(result.end)];
  uploaded_files_ += result.uploads.size();
  for (const UploadedFile& file : result.uploads) uploaded_bytes_ += file.size;
  if (result.only_upload || result.end == EndClass::input_missing) return;
  ++ran_;
  wall_ += result.wall;
  cpu_ += result.usage.user + result.usage.system;
  peak_memory_ = std::max(peak_memory_, result.usage.peak_memory);
  const double seconds = std::chrono::duration<double>(result.wall).count();
  const auto bound = std::ranges::lower_bound(kBounds, seconds);
  if (bound != kBounds.end()) ++within_[static_cast<std::size_t>(bound - kBounds.begin())];
}

std::uint64_t AttemptTally::within(std::size_t bound) const {
  return std::accumulate(within_.begin(), within_.begin() + static_cast<std::ptrdiff_t>(bound) + 1,
                         std::uint64_t{0});
}

}  // namespace shoal
