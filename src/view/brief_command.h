#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal {

/// A command's text in at most `columns` columns: the program and what it
/// makes (the operand of -o, --output or >) stay to be seen, the rest gives
/// way to an ellipsis. Only for the eye: nothing is decided by it.
std::string brief_command(std::string_view text, std::size_t columns, bool unicode);

/// What commands that do the same to other files have in common: the words
/// that name the program, for example "python -m asreview simulate".
std::string command_family(std::string_view text);

}  // namespace shoal
