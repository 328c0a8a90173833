#pragma once

#include <optional>
#include <string_view>

#include "sched/scheduler.h"

namespace shoal {

/// The word for a state in journals: part of the format, so none ever changes.
std::string_view command_state_word(CommandState state);
std::optional<CommandState> parse_command_state(std::string_view word);

}  // namespace shoal
