#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace shoal {

/// A path, or a pattern of paths, known to a plan's PathTable.
enum class PathId : std::uint32_t {};
constexpr std::uint32_t number(PathId id) { return static_cast<std::uint32_t>(id); }

enum class AccessMode : std::uint8_t {
  read,
  write,   // creates or replaces; after success the path exists
  append,  // `>>`: as write, and an interrupted attempt can be undone by cutting the file
  make,    // makes a folder (mkdir); commutes with other makes
  remove,  // after it the path is gone (rm), or may be (mv's source, temporaries)
};

enum class Extent : std::uint8_t {
  exact,
  tree,  // the path and everything below it
  glob,  // every path that matches; `*` does not cross a slash
};

struct Access {
  PathId path{};
  AccessMode mode = AccessMode::read;
  Extent extent = Extent::exact;
};

}  // namespace shoal
