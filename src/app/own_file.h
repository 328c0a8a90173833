#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace shoal {

/// Whether a file may be written: it is not there, or has the mark that shoal
/// leaves in such files. Else the error says so, with `cure`.
Expected<void> check_is_own(const std::string& path, std::string_view mark, std::string cure);

/// The whole file, at once or not at all.
Expected<void> write_own(const std::string& path, std::string_view text);

}  // namespace shoal
