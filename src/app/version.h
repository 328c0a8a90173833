#pragma once

#include <string>

namespace shoal {

/// "0.1.0 (commit 1a2b3c4)": the version of the build, and the commit it was
/// built from where git knew it.
std::string version_text();
/// "0.1.0"
std::string version_number();

}  // namespace shoal
