#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "view/summary.h"

namespace shoal {

/// Commands that failed alike: the same end, the same last line of output (but
/// for names and numbers), the same program.
struct TroubleGroup {
  std::vector<const Trouble*> members;  // in file order, at least one
  std::uint32_t skipped = 0;            // commands skipped for them
};

/// Groups the failed ones among `troubles`, the largest group first. Points
/// into `troubles`.
std::vector<TroubleGroup> group_failures(const std::vector<Trouble>& troubles);

}  // namespace shoal
