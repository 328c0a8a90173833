#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// The first of the paths (relative to `folder`, a descriptor) that does not
/// exist.
std::optional<std::string> first_missing(const std::vector<std::string>& paths, int folder);

bool are_folders(const std::vector<std::string>& paths, int folder);

/// Whether a program's last words say that an allocation failed: Python's
/// MemoryError, C++'s std::bad_alloc. A shell may have added a line of its own.
bool tells_of_exhausted_memory(std::string_view last_output);

}  // namespace shoal
