#pragma once

#include <functional>
#include <set>
#include <string_view>

#include "amqp/lease_folder.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"

namespace shoal {

/// Keeps workers from commands that an earlier tasker gave them and that are to
/// run in another way now: from here on no worker begins one of these without
/// asking, and nobody will answer yes. Those that run would go on beside what
/// replaces them, so this waits, without limit, until each has ended, or its
/// lease is dead (`lease_death` without a beat) and broken. `notice` is told
/// once if that takes longer than a killed worker's guardian needs.
///
/// Errors: the volume fails.
Expected<void> keep_workers_from(const std::set<CommandId>& commands, const LeaseFolder& leases,
                                 Duration lease_death,
                                 const std::function<void(std::string_view)>& notice);

}  // namespace shoal
