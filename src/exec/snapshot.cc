#include "exec/snapshot.h"

#include "base/text.h"
#include "exec/small_file.h"

namespace shoal {
namespace {

constexpr std::string_view kFirstLine = "# shoal shell state\n";
constexpr std::string_view kLastLine = "# whole\n";

/// Variables that belong to one shell and not to its script, as a pattern of
/// `case`: bash sets them, or gives them a meaning when they are assigned
/// (RANDOM would repeat itself in every command).
#define SHOAL_SHELLS_OWN                                                                      \
  "_|__shoal_*|BASH|BASHOPTS|BASHPID|BASH_ALIASES|BASH_ARGC|BASH_ARGV|BASH_ARGV0|BASH_CMDS|"  \
  "BASH_COMMAND|BASH_EXECUTION_STRING|BASH_LINENO|BASH_MONOSECONDS|BASH_REMATCH|BASH_SOURCE|" \
  "BASH_SUBSHELL|BASH_TRAPSIG|BASH_VERSINFO|BASH_VERSION|COMP_WORDBREAKS|DIRSTACK|"           \
  "EPOCHREALTIME|EPOCHSECONDS|EUID|FUNCNAME|GROUPS|HISTCMD|IFS|LINENO|OPTERR|OPTIND|"         \
  "PIPESTATUS|PPID|RANDOM|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID"
#define SHOAL_THREAD_POOLS \
  "OMP_NUM_THREADS|OPENBLAS_NUM_THREADS|MKL_NUM_THREADS|NUMEXPR_NUM_THREADS"

constexpr std::string_view kAskForStatus = "$'\\n{ __shoal_status=$?; } 2>/dev/null'";
constexpr std::string_view kTakeStatus = "{ __shoal_status=${__shoal_status-$?} ";

/// Stops what could interfere with the saving, remembering it: -e, -u, -f,
/// traps that run at every command, aliases, IFS. A command substitution loses
/// -e, so $- is asked for it. Waits for background jobs, which may be writing
/// outputs. Leaves without a snapshot, but by way of the trap on EXIT, if the
/// line was none that bash can read: `eval` survives a syntax error, a script
/// does not. Several parts, since bash reads a whole group before it runs it,
/// and the words of the later ones must not be aliases.
constexpr std::string_view kQuiet =
    R"bash(__shoal_flags=$- __shoal_traps=$(\builtin trap -p) __shoal_options=$(\builtin set +o)
\builtin set +eufvxn
\builtin trap - DEBUG ERR RETURN EXIT
__shoal_aliases=$(\builtin shopt -p expand_aliases)
\builtin shopt -u expand_aliases
\builtin wait
} </dev/null >/dev/null 2>&1
case $__shoal_status in
  1|2) "$BASH" -O extglob -n <<<"$__shoal_text" >/dev/null 2>&1 || {
    \builtin eval "$__shoal_options"
    \builtin eval "$__shoal_traps"
    \builtin exit "$__shoal_status"
  } ;;
esac
{
__shoal_ifs=$(\builtin declare -p IFS)
IFS=$'\n'
} </dev/null >/dev/null 2>&1
)bash";

/// Prints the script that restores. Its own first lines clear what the shell
/// that sources it has; options come last, and -e after them all.
constexpr std::string_view kSave = R"bash({
\builtin printf '%s' "$__shoal_first"
\builtin printf '%s\n' 'set +eufvxn; shopt -u expand_aliases; trap - DEBUG ERR RETURN; unalias -a' \
  "IFS=\$'\\n'" \
  'for __shoal_name in $(compgen -A function); do unset -f "$__shoal_name"; done' \
  'for __shoal_name in $(compgen -v); do case $__shoal_name in' \
  ")bash" SHOAL_SHELLS_OWN "|" SHOAL_THREAD_POOLS R"bash() ;;" \
  '*) unset -v "$__shoal_name" ;; esac; done; unset -v __shoal_name'
\builtin printf 'cd -- %q\ndirs -c\n' "$PWD"
for ((__shoal_name = ${#DIRSTACK[@]} - 1; __shoal_name > 0; --__shoal_name)); do
  \builtin printf 'pushd -n -- %q\n' "${DIRSTACK[__shoal_name]}"
done
\builtin umask -p
for __shoal_name in c d e f i l m n q r s t u v x; do
  \builtin ulimit -S"$__shoal_name" >/dev/null || continue
  \builtin printf 'ulimit -S%s ' "$__shoal_name"; \builtin ulimit -S"$__shoal_name"
  \builtin printf 'ulimit -H%s ' "$__shoal_name"; \builtin ulimit -H"$__shoal_name"
done
\builtin shopt -p | while IFS= \builtin read -r __shoal_name; do
  case $__shoal_name in *expand_aliases) ;; *) \builtin printf '%s\n' "$__shoal_name" ;; esac
done
for __shoal_name in $(\builtin compgen -v); do
  case $__shoal_name in
    )bash" SHOAL_SHELLS_OWN R"bash() ;;
    )bash" SHOAL_THREAD_POOLS R"bash()
      [ "${!__shoal_name}" = "$__shoal_threads" ] || \builtin declare -p "$__shoal_name" ;;
    *) \builtin declare -p "$__shoal_name" ;;
  esac
done
\builtin declare -f
\builtin declare -F
\builtin printf 'set --'
for __shoal_name in "$@"; do \builtin printf ' %q' "$__shoal_name"; done
\builtin printf '\n%s\n' "${__shoal_ifs:-unset -v IFS}"
\builtin alias -p
\builtin printf '%s\n' "$__shoal_aliases" "$__shoal_options" "$__shoal_traps"
case $__shoal_flags in *e*) \builtin printf 'set -e\n' ;; esac
\builtin printf '%s' "$__shoal_last"
} </dev/null 2>/dev/null >|)bash";

/// All this without saving anything: the trap on EXIT stays until it is sure
/// that the line could be read.
constexpr std::string_view kSaveNothing = R"bash(
\builtin set +evx
} 2>/dev/null
case $__shoal_status in
  1|2) "$BASH" -O extglob -n <<<"$__shoal_text" >/dev/null 2>&1 || \builtin exit "$__shoal_status" ;;
esac
{
\builtin trap - EXIT
\builtin wait
\builtin printf '%s' "$__shoal_first" "$__shoal_last"
} </dev/null 2>/dev/null >|)bash";

}  // namespace

std::string snapshot_draft(std::string_view snapshot_file) {
  return std::string(snapshot_file) + ".draft";
}

std::string with_snapshot(const AttemptSpec& spec, std::string_view snapshot_file) {
  const std::string quoted = shell_quoted(spec.text);
  // The text runs by eval, so that a quote or here-document that it leaves
  // open ends with it instead of swallowing what follows here. It asks for its
  // status itself, since under -e an eval that ends with the tolerated failure
  // of `false && x` would end the shell.
  std::string script = "\\builtin eval ";
  script.append(quoted);
  if (!spec.open_ended && !spec.text.ends_with('\\')) script.append(kAskForStatus);
  script.append("\n");
  // Thread pools: the snapshot must not carry their size on to commands of
  // another size.
  script.append(kTakeStatus)
      .append("__shoal_text=" + quoted)
      .append(" __shoal_threads=" + std::to_string(spec.threads))
      .append(" __shoal_first=" + shell_quoted(kFirstLine))
      .append(" __shoal_last=" + shell_quoted(kLastLine) + " ");
  if (spec.snapshot_is_empty) {
    script.append(kSaveNothing);
  } else {
    script.append(kQuiet).append(kSave);
  }
  script.append(" ").append(shell_quoted(snapshot_draft(snapshot_file)));
  script.append("\n\\builtin exit \"$__shoal_status\"\n");
  return script;
}

std::string restore_snapshot(std::string_view snapshot_file) {
  return "source " + shell_quoted(snapshot_file);
}

DraftState inspect_draft(const std::string& draft) {
  const std::string text = read_small_file(draft).value_or(std::string());
  if (text.empty()) return DraftState::untouched;
  const bool whole = text.starts_with(kFirstLine) && text.ends_with(kLastLine);
  return whole ? DraftState::whole : DraftState::partial;
}

}  // namespace shoal
