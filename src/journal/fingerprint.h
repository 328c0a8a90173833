#pragma once

#include <string>

#include "sched/attempt.h"

namespace shoal {

/// Size and time of what stands at `path` now (links are followed); size -1
/// when nothing does. Of a folder only that it is there counts: size and time
/// are 0, since every file made in it would change them. `with_hash` adds the
/// SHA-256 of a regular file that can be read.
Fingerprint fingerprint_of(const std::string& path, bool with_hash);

}  // namespace shoal
