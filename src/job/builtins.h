#pragma once

#include <cstdint>
#include <string_view>

namespace shoal {

/// What a word in a program's place is to bash.
enum class ProgramKind : std::uint8_t {
  external,         // a program on the disk
  harmless,         // a builtin that only writes to its output: echo, test, ...
  state,            // a builtin of state lines: cd, export, set, ...
  inert,            // a builtin with unknown effect that leaves the shell as it is: wait, type, ...
  changes_shell,    // a builtin whose effect on the shell is not followed: eval, read, ...
  ends_shell,       // exit, return, logout
  opens_compound,   // reserved: if, for, case, [[, ...
  inside_compound,  // reserved: then, do, fi, ...: nothing begins with these
  function,         // reserved: function
  prefix,           // reserved: !, time
  group_begin,      // reserved: {
  group_end,        // reserved: }
};

/// Functions and aliases of the file are not considered.
ProgramKind program_kind(std::string_view program);

constexpr bool is_reserved(ProgramKind kind) { return kind >= ProgramKind::opens_compound; }

}  // namespace shoal
