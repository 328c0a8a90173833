#pragma once

#include <optional>
#include <string>

namespace shoal {

/// All bytes of a file, also of one in /proc or /sys, whose size the system
/// does not tell. nullopt when it cannot be read.
std::optional<std::string> read_small_file(const std::string& path);

}  // namespace shoal
