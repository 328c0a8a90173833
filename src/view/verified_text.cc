#include "view/verified_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "view/brief_command.h"
#include "view/screen_text.h"

namespace shoal {
namespace {

constexpr std::size_t kMostNames = 3;
constexpr std::size_t kMostKinds = 8;
constexpr std::size_t kColumns = 50;

std::string name_of(std::string_view path) {
  if (path == kTrialOutput) return "what it prints";
  if (path == kTrialEnd) return "how it ends";
  const std::string files = std::string(kTrialFiles) + "/";
  return std::string(path.starts_with(files) ? path.substr(files.size()) : path);
}

/// "what it prints, out/a.csv and 3 more".
std::string names_of(const std::vector<std::string>& paths) {
  std::string text;
  const std::size_t shown = std::min(paths.size(), kMostNames);
  for (std::size_t i = 0; i < shown; ++i) text += (i > 0 ? ", " : "") + name_of(paths[i]);
  if (paths.size() > shown) text += fmt::format(" and {} more", paths.size() - shown);
  return text;
}

std::string command_of(const VerifiedKind& kind, const TextStyle& style) {
  return fmt::format("Command {} ({})", number(kind.start.command),
                     brief_command(kind.text, kColumns, style.unicode));
}

std::string differing_line(const VerifiedKind& kind, const std::string& run_folder,
                           const TextStyle& style) {
  const std::string place = fmt::format("{}/verify/{}", run_folder, number(kind.start.command));
  return painted(fmt::format("  {} leaves something else when it starts warm: {}. Its kind "
                             "started cold. To compare: diff -r {}/cold {}/warm",
                             command_of(kind, style), names_of(kind.start.differing), place, place),
                 Ink::yellow, style) +
         "\n";
}

std::string other_line(const VerifiedKind& kind, const TextStyle& style) {
  if (kind.start.verdict == StartVerdict::unknown) {
    return fmt::format("  {} could not be tried warm, because {}. Its kind started cold.",
                       command_of(kind, style), kind.start.why);
  }
  return fmt::format("  {}: not comparable, since it differs from one cold start to the next: {}.",
                     command_of(kind, style), names_of(kind.start.unsteady));
}

std::string equal_line(std::size_t count) {
  return count == 1 ? "  1 kind of commands was tried and leaves the same when it starts warm."
                    : fmt::format(
                          "  {} kinds of commands were tried and leave the same when they "
                          "start warm.",
                          count);
}

}  // namespace

std::string differing_start_text(const VerifiedStart& verified) {
  return fmt::format(
      "Command {} leaves something else when it starts warm ({}), so its kind starts cold.",
      number(verified.command), names_of(verified.differing));
}

std::string verified_text(const std::vector<VerifiedKind>& verified, const std::string& run_folder,
                          const TextStyle& style) {
  std::map<CommandId, const VerifiedKind*> last;
  for (const VerifiedKind& kind : verified) last.insert_or_assign(kind.start.command, &kind);
  std::string differing;
  std::string others;
  std::size_t equal = 0;
  std::size_t told = 0;
  for (const auto& [command, kind] : last) {
    const VerifiedStart& start = kind->start;
    if (start.verdict == StartVerdict::differs) {
      if (++told <= kMostKinds) differing += differing_line(*kind, run_folder, style);
      continue;
    }
    if (start.verdict == StartVerdict::equal) ++equal;
    if (start.verdict == StartVerdict::equal && start.unsteady.empty()) continue;
    if (++told <= kMostKinds) others += painted(other_line(*kind, style), Ink::dim, style) + "\n";
  }
  std::string text;
  if (equal > 0) text += painted(equal_line(equal), Ink::dim, style) + "\n";
  text += others;
  if (told > kMostKinds) {
    text += painted(fmt::format("  And {} more such kinds; the journal has them all.",
                                told - kMostKinds),
                    Ink::dim, style) +
            "\n";
  }
  return text + differing;
}

}  // namespace shoal
