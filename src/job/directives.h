#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"

namespace shoal {

/// What `#shoal:` comments ask for the command that follows them (or, behind a
/// command on its own line, for that command).
struct Directives {
  bool barrier = false;
  std::vector<CommandId> after;         // besides what the plan finds
  std::uint32_t after_line = 0;         // 1-based line of the file with the last `after=`
  std::optional<std::uint64_t> memory;  // bytes
  std::optional<double> cpus;
  std::optional<Duration> timeout;
  std::optional<std::uint32_t> retries;
};

/// Reads what stands behind `#shoal:`, for example `mem=8G cpus=2 timeout=1h`.
/// Adds to `into`. An unknown key or a value that cannot be read is an error
/// whose place is `place`.
Expected<void> read_directives(std::string_view text, std::string_view place, Directives& into);

}  // namespace shoal
