#pragma once

#include <cstdint>
#include <string>

#include "sched/attempt.h"

namespace shoal {

/// What stands in a range of a slot's log; short, or empty, when the file is.
std::string read_log(const std::string& log_folder, const LogRange& range);

}  // namespace shoal
