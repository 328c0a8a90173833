#pragma once

#include <string>

#include "exec/warm/warm_line.h"

namespace shoal {

/// The message that asks a fork server for a line: fields, a NUL between each
/// two. `note` is the file for what is known at the end.
std::string warm_request(const WarmLine& line, const std::string& note);

}  // namespace shoal
