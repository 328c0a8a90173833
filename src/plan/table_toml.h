#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "plan/command_row.h"

namespace shoal {

/// The text of commands.toml.
std::string_view built_in_commands();

/// Reads rows of the command table (docs/commands.md). New rules for
/// temporaries are added to `temporaries`. Errors name the line.
Expected<std::vector<CommandRow>> read_command_rows(std::string_view toml, std::string_view place,
                                                    std::vector<TemporariesRule>& temporaries);

}  // namespace shoal
