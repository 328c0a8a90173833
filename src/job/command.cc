#include "job/command.h"

namespace shoal {

static_assert(sizeof(Command) <= 48, "a plan holds a million of these");

std::string_view barrier_reason_text(BarrierReason reason) {
  switch (reason) {
    case BarrierReason::none:
      return "none";
    case BarrierReason::compound:
      return "a compound command (if, for, while, case, [[ or the like)";
    case BarrierReason::function_definition:
      return "defines or calls a shell function";
    case BarrierReason::command_substitution:
      return "uses the output of another command";
    case BarrierReason::process_substitution:
      return "reads from or writes to another command";
    case BarrierReason::unknown_variable:
      return "uses a variable whose value is not known";
    case BarrierReason::unsupported_expansion:
      return "uses an expansion that shoal does not follow";
    case BarrierReason::computed_program:
      return "the name of its program is computed";
    case BarrierReason::changes_shell:
      return "may change the shell in a way that shoal does not follow";
    case BarrierReason::ends_shell:
      return "may end the shell";
    case BarrierReason::background:
      return "starts something in the background";
    case BarrierReason::here_document_expands:
      return "has a here-document with expansions in it";
    case BarrierReason::alias_in_use:
      return "the name of its program is an alias";
    case BarrierReason::unterminated:
      return "a quote, here-document or compound command is never closed";
    case BarrierReason::syntax:
      return "bash would refuse its syntax";
    case BarrierReason::exit_trap:
      return "runs the trap on EXIT, if there is one";
    case BarrierReason::directive:
      return "a directive asks for it";
    case BarrierReason::unknown_effect:
      return "nothing tells what it reads and writes";
  }
  return "unknown";
}

}  // namespace shoal
