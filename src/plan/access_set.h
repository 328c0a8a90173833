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
  ensure,  // makes a folder and those above it where absent (mkdir -p); commutes with makes
  remove,  // after it the path is gone (rm), or may be (mv's source, temporaries)
};
constexpr bool makes_folder(AccessMode mode) {
  return mode == AccessMode::make || mode == AccessMode::ensure;
}
/// Changes what the path holds, and so never commutes.
constexpr bool changes(AccessMode mode) { return mode != AccessMode::read && !makes_folder(mode); }

enum class Extent : std::uint8_t {
  exact,
  tree,  // the path and everything below it
  glob,  // every path that matches; `*` does not cross a slash
};

/// One thing that a command does to one path. Eight bytes: there may be
/// millions.
struct Access {
  PathId path{};
  AccessMode mode = AccessMode::read;
  Extent extent = Extent::exact;
  /// Happens whenever the command runs and ends well, and lasts: not behind `||`,
  /// behind `&&` only what is written, not a guess about an unknown program, not the by-product of
  /// another role, not removed again by another step.
  bool certain : 1 = true;
  /// Happens only once the command has read all that it reads: without its
  /// inputs, the command does not come to it.
  bool after_reads : 1 = false;
  /// 1-based number of the command table's rule for temporaries that come and
  /// go beside this path while it is written; 0 for none.
  std::uint8_t temporaries = 0;

  friend bool operator==(const Access&, const Access&) = default;
};
static_assert(sizeof(Access) == 8);

}  // namespace shoal
