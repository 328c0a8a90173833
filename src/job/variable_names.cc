#include "job/variable_names.h"

#include <algorithm>
#include <array>

namespace shoal {
namespace {

// bash(1), "Shell Variables", and dash(1); in the order of their bytes.
// Everything that begins with BASH or COMP_ is special too.
constexpr auto kSpecial = std::to_array<std::string_view>({
    "CHILD_MAX",
    "COLUMNS",
    "COPROC",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "EXECIGNORE",
    "FUNCNAME",
    "FUNCNEST",
    "GLOBIGNORE",
    "GROUPS",
    "HISTCMD",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "MAPFILE",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "POSIXLY_CORRECT",
    "PPID",
    "PROMPT_COMMAND",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "RANDOM",
    "READLINE_LINE",
    "REPLY",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "TIMEFORMAT",
    "UID",
    "_",
});
static_assert(std::ranges::is_sorted(kSpecial));

}  // namespace

bool is_special_variable(std::string_view name) {
  return name.starts_with("BASH") || name.starts_with("COMP_") ||
         std::ranges::binary_search(kSpecial, name);
}

}  // namespace shoal
