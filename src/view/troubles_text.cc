#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "view/brief_command.h"
#include "view/end_text.h"
#include "view/screen_text.h"
#include "view/summary.h"
#include "view/trouble_groups.h"

namespace shoal {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kIndent = "    ";
constexpr std::size_t kMostOutputLines = 8;
constexpr std::size_t kMostNamed = 4;
constexpr std::size_t kMostIncomplete = 6;

std::string place_of(const Trouble& trouble) {
  return fmt::format("{} (line {})", number(trouble.command), trouble.line);
}

std::string indented(std::string_view text, const TextStyle& style) {
  const std::size_t room = style.columns > kIndent.size() ? style.columns - kIndent.size() : 0;
  std::string line(kIndent);
  return line.append(cut_end(printable(text, style.unicode), room, style.unicode));
}

/// "23 (line 52), 31 (line 70) and 8 more" of those from `first` on.
std::string named(const std::vector<const Trouble*>& troubles, std::size_t first) {
  const std::size_t shown = std::min(troubles.size(), first + kMostNamed);
  std::string text;
  for (std::size_t i = first; i < shown; ++i) {
    if (i > first) text += shown == troubles.size() && i + 1 == shown ? " and " : ", ";
    text += place_of(*troubles[i]);
  }
  if (shown < troubles.size()) text += fmt::format(" and {} more", troubles.size() - shown);
  return text;
}

/// The last lines that say something.
Lines last_lines(const Trouble& trouble, std::size_t count, const TextStyle& style) {
  Lines lines;
  for (const std::string& line : trouble.last_output) {
    std::string shown = printable(line, style.unicode);
    if (shown.find_first_not_of(' ') != std::string::npos) lines.push_back(std::move(shown));
  }
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<long>(count));
  return lines;
}

Lines failure_lines(const TroubleGroup& group, std::size_t output_lines, const TextStyle& style) {
  const Trouble& example = *group.members.front();
  const End end{example.end, example.exit_code, example.signal, example.detail};
  const bool single = group.members.size() == 1;
  const std::string mark = painted(glyphs(style.unicode).failed, Ink::red, style) + " ";
  const std::string what = printable(end_text(end), style.unicode);
  const std::string headline =
      single ? fmt::format("{} failed: {}", place_of(example), what)
             : fmt::format("{} commands failed: {}. The first is {}:", group.members.size(), what,
                           place_of(example));
  Lines lines{mark + painted(headline, Ink::bold, style)};
  const std::size_t room = style.columns > kIndent.size() ? style.columns - kIndent.size() : 0;
  lines.push_back(std::string(kIndent) + brief_command(example.text, room, style.unicode));
  for (const std::string& line : last_lines(example, output_lines, style)) {
    lines.push_back(
        painted(indented((style.unicode ? "│ " : "| ") + line, style), Ink::dim, style));
  }
  if (const std::string hint = end_hint(end); !hint.empty()) lines.push_back(indented(hint, style));
  if (!single) lines.push_back(indented("Likewise " + named(group.members, 1) + ".", style));
  if (group.skipped > 0) {
    lines.push_back(
        indented(fmt::format("{} skipped for {}.",
                             group.skipped == 1 ? "1 command was"
                                                : fmt::format("{} commands were", group.skipped),
                             single ? "it" : "them"),
                 style));
  }
  return lines;
}

Lines failures(const std::vector<TroubleGroup>& groups, std::size_t most_groups,
               std::size_t output_lines, const TextStyle& style) {
  Lines lines;
  std::size_t others = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i >= most_groups) {
      others += groups[i].members.size();
      continue;
    }
    const Lines group = failure_lines(groups[i], output_lines, style);
    lines.insert(lines.end(), group.begin(), group.end());
  }
  if (others > 0) {
    lines.push_back(fmt::format("{} {} more failed in {} other ways.",
                                painted(glyphs(style.unicode).failed, Ink::red, style), others,
                                groups.size() - most_groups));
  }
  return lines;
}

/// As much detail as the lines allow: first fewer lines of output, then fewer
/// groups.
Lines fitting_failures(const std::vector<TroubleGroup>& groups, std::size_t most_lines,
                       const TextStyle& style) {
  for (std::size_t output_lines = kMostOutputLines; output_lines > 0; --output_lines) {
    Lines lines = failures(groups, groups.size(), output_lines, style);
    if (lines.size() <= most_lines) return lines;
  }
  std::size_t most_groups = std::min(groups.size(), most_lines / 2);
  Lines lines = failures(groups, most_groups, 1, style);
  while (lines.size() > most_lines && most_groups > 1) {
    lines = failures(groups, --most_groups, 1, style);
  }
  return lines;
}

std::vector<const Trouble*> with_state(const std::vector<Trouble>& troubles, CommandState state) {
  std::vector<const Trouble*> found;
  for (const Trouble& trouble : troubles) {
    if (trouble.state == state) found.push_back(&trouble);
  }
  return found;
}

/// Skipped commands that the lines about failures have not told of.
Lines skipped_lines(const std::vector<Trouble>& troubles, const std::vector<TroubleGroup>& groups,
                    const TextStyle& style) {
  const std::vector<const Trouble*> skipped = with_state(troubles, CommandState::skipped);
  std::size_t told = 0;
  for (const TroubleGroup& group : groups) told += group.skipped;
  if (skipped.size() <= told) return {};
  const Trouble& first = *skipped.front();
  const std::string mark = painted(glyphs(style.unicode).skipped, Ink::yellow, style);
  Lines lines{fmt::format("{} {}, because a file that {} is not there:", mark,
                          skipped.size() == 1
                              ? "1 command was skipped"
                              : fmt::format("{} commands were skipped", skipped.size()),
                          skipped.size() == 1 ? "it needs" : "each needs")};
  lines.push_back(indented(named(skipped, 0), style));
  if (!first.detail.empty()) {
    lines.push_back(
        indented(fmt::format("{} needs {}", number(first.command), first.detail), style));
  }
  return lines;
}

Lines held_lines(const std::vector<Trouble>& troubles, const TextStyle& style) {
  const std::vector<const Trouble*> held = with_state(troubles, CommandState::held);
  if (held.empty()) return {};
  const std::string mark = painted(glyphs(style.unicode).skipped, Ink::yellow, style);
  return {
      fmt::format("{} {} held back (--strict), because not all that {} was made:", mark,
                  held.size() == 1 ? "1 command was" : fmt::format("{} commands were", held.size()),
                  held.size() == 1 ? "it reads" : "they read"),
      indented(named(held, 0), style)};
}

Lines incomplete_lines(const std::vector<IncompleteOutput>& incomplete, const TextStyle& style) {
  if (incomplete.empty()) return {};
  const std::string_view sign = glyphs(style.unicode).warning;
  Lines lines{painted(fmt::format("{} INCOMPLETE, because some commands before {} failed:", sign,
                                  incomplete.size() == 1 ? "it" : "them"),
                      Ink::yellow, style)};
  const std::size_t shown =
      incomplete.size() > kMostIncomplete ? kMostIncomplete - 1 : incomplete.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const IncompleteOutput& output = incomplete[i];
    lines.push_back(
        painted(indented(fmt::format("{}: {} of {} runs", output.output,
                                     output.incomplete.succeeded, output.incomplete.total),
                         style),
                Ink::bold, style));
  }
  if (shown < incomplete.size()) {
    lines.push_back(indented(fmt::format("and {} more", incomplete.size() - shown), style));
  }
  return lines;
}

}  // namespace

std::string troubles_text(const std::vector<Trouble>& troubles,
                          const std::vector<IncompleteOutput>& incomplete, std::size_t most_lines,
                          const TextStyle& style) {
  const std::vector<TroubleGroup> groups = group_failures(troubles);
  Lines rest = skipped_lines(troubles, groups, style);
  for (const Lines& part : {held_lines(troubles, style), incomplete_lines(incomplete, style)}) {
    rest.insert(rest.end(), part.begin(), part.end());
  }
  const std::size_t taken = rest.size() + 1;  // with an empty line before them
  const std::size_t room = most_lines > taken ? most_lines - taken : 0;
  Lines lines = fitting_failures(groups, room, style);
  if (!lines.empty() && !rest.empty()) lines.emplace_back();
  lines.insert(lines.end(), rest.begin(), rest.end());
  return lines.empty() ? "" : fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace shoal
