#include "job/builtins.h"

#include <algorithm>
#include <array>

#include "job/words.h"

namespace shoal {
namespace {

struct Row {
  std::string_view name;
  ProgramKind kind;
};

using enum ProgramKind;

// In the order of their bytes, for binary search.
constexpr auto kRows = std::to_array<Row>({
    {"!", prefix},
    {".", state},
    {":", harmless},
    {"[", harmless},
    {"[[", opens_compound},
    {"alias", state},
    {"bg", inert},
    {"bind", changes_shell},
    {"break", inert},
    {"builtin", changes_shell},
    {"caller", inert},
    {"case", opens_compound},
    {"cd", state},
    {"chdir", inert},  // dash only
    {"command", changes_shell},
    {"compgen", changes_shell},
    {"complete", changes_shell},
    {"compopt", changes_shell},
    {"continue", inert},
    {"coproc", opens_compound},
    {"declare", state},
    {"dirs", changes_shell},
    {"disown", inert},
    {"do", inside_compound},
    {"done", inside_compound},
    {"echo", harmless},
    {"elif", inside_compound},
    {"else", inside_compound},
    {"enable", changes_shell},
    {"esac", inside_compound},
    {"eval", changes_shell},
    {"exec", changes_shell},
    {"exit", ends_shell},
    {"export", state},
    {"false", harmless},
    {"fc", changes_shell},
    {"fg", inert},
    {"fi", inside_compound},
    {"for", opens_compound},
    {"function", function},
    {"getopts", changes_shell},
    {"hash", inert},
    {"help", inert},
    {"history", changes_shell},
    {"if", opens_compound},
    {"jobs", inert},
    {"kill", inert},
    {"let", changes_shell},
    {"local", changes_shell},
    {"logout", ends_shell},
    {"mapfile", changes_shell},
    {"popd", changes_shell},
    {"printf", harmless},
    {"pushd", changes_shell},
    {"pwd", harmless},
    {"read", changes_shell},
    {"readarray", changes_shell},
    {"readonly", state},
    {"return", ends_shell},
    {"select", opens_compound},
    {"set", state},
    {"shift", changes_shell},
    {"shopt", changes_shell},
    {"source", state},
    {"suspend", inert},
    {"test", harmless},
    {"then", inside_compound},
    {"time", prefix},
    {"times", inert},
    {"trap", state},
    {"true", harmless},
    {"type", inert},
    {"typeset", changes_shell},
    {"ulimit", state},
    {"umask", state},
    {"unalias", state},
    {"unset", state},
    {"until", opens_compound},
    {"wait", inert},
    {"while", opens_compound},
    {"{", group_begin},
    {"}", group_end},
});

constexpr std::size_t kLongestName = 9;

static_assert(std::ranges::is_sorted(kRows, {}, &Row::name));
static_assert(std::ranges::all_of(kRows,
                                  [](const Row& row) { return row.name.size() <= kLongestName; }));

const Row* find(std::string_view program) {
  if (program.empty() || program.size() > kLongestName) return nullptr;
  const auto* row = std::ranges::lower_bound(kRows, program, {}, &Row::name);
  return row != kRows.end() && row->name == program ? row : nullptr;
}

}  // namespace

ProgramKind program_kind(std::string_view program) {
  const Row* row = find(program);
  return row != nullptr ? row->kind : external;
}

bool is_shell_builtin(std::string_view program) { return find(program) != nullptr; }

}  // namespace shoal
