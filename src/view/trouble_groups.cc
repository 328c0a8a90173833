#include "view/trouble_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "view/brief_command.h"
#include "view/screen_text.h"

namespace shoal {
namespace {

/// The line with every word that holds a digit or a slash replaced: two
/// messages about two files are one message.
std::string pattern_of(std::string_view line) {
  std::string pattern;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    const bool varies = word.find_first_of("/0123456789") != std::string_view::npos;
    pattern.append(varies ? "*" : word).append(" ");
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return pattern;
}

std::string key_of(const Trouble& trouble) {
  const std::string last =
      trouble.last_output.empty() ? "" : pattern_of(printable(trouble.last_output.back(), true));
  return fmt::format("{}\n{}\n{}\n{}\n{}", static_cast<int>(trouble.end), trouble.exit_code,
                     trouble.signal, command_family(trouble.text), last);
}

}  // namespace

std::vector<TroubleGroup> group_failures(const std::vector<Trouble>& troubles) {
  std::vector<TroubleGroup> groups;
  std::unordered_map<std::string, std::size_t> index_of;
  for (const Trouble& trouble : troubles) {
    if (trouble.state != CommandState::failed) continue;
    const auto [at, is_new] = index_of.emplace(key_of(trouble), groups.size());
    if (is_new) groups.emplace_back();
    TroubleGroup& group = groups[at->second];
    group.members.push_back(&trouble);
    group.skipped += trouble.dependents_skipped;
  }
  std::stable_sort(groups.begin(), groups.end(), [](const TroubleGroup& a, const TroubleGroup& b) {
    return a.members.size() > b.members.size();
  });
  return groups;
}

}  // namespace shoal
