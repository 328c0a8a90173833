#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// The argument vector of a command with Command::needs_shell == false, quotes
/// removed: what its program gets without a shell.
std::vector<std::string> literal_words(std::string_view text);

/// "Commands like this one": the program, its subcommand and the names of its
/// options, with paths, numbers and other values left out; the key by which
/// durations and memory are learnt. Stable across versions of shoal.
std::uint64_t command_shape(std::string_view text);

/// Names that a shell runs itself (builtins and reserved words of bash and
/// dash), so that no program can stand in for them.
bool is_shell_builtin(std::string_view program);

}  // namespace shoal
