#pragma once

#include "app/run_lookup.h"
#include "base/time.h"
#include "view/status.h"

namespace shoal {

/// The wall clock as a person here reads it.
LocalTime local_time(WallTime time);

/// How a run stands by its journal. With `texts`, also what runs, what failed
/// and the last lines that it printed; without, only the counts.
RunOverview overview_of(const FoundRun& run, const CommandTexts* texts);

}  // namespace shoal
