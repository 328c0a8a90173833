#pragma once

#include <vector>

#include "job/builtins.h"
#include "job/parsed_line.h"

namespace shoal {

/// Whether bash and every POSIX shell (dash) do the same with a command of
/// these words: a program on the disk, or a builtin used in a way on which
/// they agree.
bool is_portable_command(const std::vector<Word>& words, ProgramKind kind);

}  // namespace shoal
