#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace shoal {

/// What a scratch copy of a folder holds, as paths relative to it.
struct ScratchList {
  std::vector<std::string> folders;       // each behind the one that holds it
  std::vector<std::string> files;         // symbolic links among them are followed
  std::vector<std::string> environments;  // Python's virtual ones: linked, not copied
};

/// How much a file, or all that a folder holds, matters for a copy.
enum class Need : std::uint8_t {
  none,   // it is left out
  small,  // left out if it is large
  must,
};

struct ScratchLimits {
  std::uint64_t bytes = std::uint64_t{1} << 30U;  // of all files together
  std::size_t files = 20'000;
  std::uint64_t large = std::uint64_t{64} << 20U;  // bytes of one file
};

/// Lists what is in `folder` (absolute) and needed, as `need_of` says of each
/// path that is no folder. `.shoal`, `.git`, and what is neither file nor
/// folder are always left out. Where it is more than the limits allow, the
/// error's message is the rest of a sentence "because ...".
Expected<ScratchList> list_for_copy(const std::string& folder,
                                    const std::function<Need(const std::string& path)>& need_of,
                                    const ScratchLimits& limits = {});

/// Copies what is listed from one folder to another, which exists, with modes
/// and times of modification. Nothing that is written into the copies changes
/// the originals. What has vanished since is left out.
Expected<void> copy_listed(const ScratchList& list, const std::string& from, const std::string& to);

}  // namespace shoal
