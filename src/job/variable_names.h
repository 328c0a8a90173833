#pragma once

#include <string_view>

namespace shoal {

/// Variables that the shell sets by itself, so that neither the environment
/// nor an assignment tells their value; or whose assignment changes how the
/// shell works (IFS, POSIXLY_CORRECT).
bool is_special_variable(std::string_view name);

}  // namespace shoal
