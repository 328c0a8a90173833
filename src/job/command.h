#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"

namespace shoal {

/// Why the parser does not surely understand a command. The words shown to
/// people are in barrier_reason_text().
enum class BarrierReason : std::uint8_t {
  none,
  compound,  // if, for, while, until, case, select, [[, ((, function bodies
  function_definition,
  command_substitution,   // $(...) or `...`
  process_substitution,   // <(...) or >(...)
  unknown_variable,       // a variable whose value the parser does not know
  unsupported_expansion,  // ${x%...}, {a,b}, ~user, $'..' and their kind
  computed_program,       // the program's name is not literal
  changes_shell,  // eval, exec, shopt, read, a conditional cd: state that cannot be replayed
  ends_shell,     // exit or return inside a larger line
  background,     // &
  here_document_expands,  // an unquoted here-document with $ or ` in it
  alias_in_use,           // the program's name is an alias of the file
  unterminated,           // a quote, here-document or compound that the file never closes
  syntax,                 // bash would refuse it
  exit_trap,              // the end of a file that may have set a trap on EXIT
  directive,              // #shoal: barrier
  unknown_effect,  // set by the planner: neither a row of its table nor its words tell what it
                   // touches
};

std::string_view barrier_reason_text(BarrierReason reason);

enum class CommandKind : std::uint8_t {
  ordinary,  // understood: a list of simple commands
  state,     // only changes the shell (X=1, cd, export, set, ...): replayed before later commands
  opaque,    // not surely understood: a barrier
};

/// What a line may do to the shell that runs it, beyond what is replayed.
enum class ShellEffect : std::uint8_t {
  none,
  may_end,     // end it (exit, an unset variable under `set -u`), or leave it as it is
  may_change,  // leave other variables, another folder or other options behind, or end it
};

/// Whether a failure ends the shell (`set -e`).
enum class ErrorExit : std::uint8_t { off, on, unknown };

/// One logical line of a jobs file. Small, because there may be a million.
struct Command {
  std::string_view text;    // as in the file, without the line's end; owned by the JobsText
  std::uint32_t line = 0;   // 1-based line of the file on which it begins
  std::uint32_t state = 0;  // how many entries of the file's state (see ShellState) are in effect
  std::uint32_t directives = 0;  // 1-based index into the file's directives; 0 for none
  CommandKind kind = CommandKind::ordinary;
  BarrierReason barrier =
      BarrierReason::none;   // not none exactly when kind is opaque, or forced by a directive
  bool needs_shell = true;   // false: one simple command of literal words, no builtin, no state
  bool portable = false;     // means the same to bash and to every POSIX shell
  bool asks_status = false;  // opaque, and uses `$?`: the exit status of the command before
  /// What its exit status does not tell: of an opaque one, and of any under
  /// `set -e` whose failure bash may tolerate.
  ShellEffect effect = ShellEffect::none;
};

/// A barrier because nobody knows what the command reads and writes, not
/// because the user asked for one.
constexpr bool may_touch_anything(const Command& command) {
  return command.barrier != BarrierReason::none && command.barrier != BarrierReason::directive;
}

}  // namespace shoal
