#pragma once

#include <string>
#include <string_view>

#include "plan/access_set.h"

namespace shoal {

/// Every path that a plan speaks of, once. A path is stored as its parent and
/// its last name, so that a million files in a thousand folders stay small.
/// Paths are lexical: `./a//b/` is `a/b`; those below the working directory
/// are relative, others absolute. Names are not copied where they can point
/// into the jobs file's text.
class PathTable {
 public:
  std::string text(PathId id) const;
  std::size_t size() const;
  // the plan helper completes this
};

}  // namespace shoal
