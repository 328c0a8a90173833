#include "plan/command_row.h"

#include <algorithm>
#include <array>

namespace shoal {

std::optional<PathTemplate> PathTemplate::parse(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Part>, 5> kNames = {{{"", Part::value},
                                                                        {"glob", Part::glob},
                                                                        {"stem", Part::stem},
                                                                        {"parent", Part::parent},
                                                                        {"name", Part::name}}};
  PathTemplate path;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    if (open != 0) {
      path.pieces_.push_back({Part::literal, std::string(text.substr(0, open))});
      if (open == std::string_view::npos) break;
      text.remove_prefix(open);
    }
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view name = text.substr(1, close - 1);
    const auto* known =
        std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return n.first == name; });
    if (known == kNames.end()) return std::nullopt;
    path.pieces_.push_back({known->second, {}});
    text.remove_prefix(close + 1);
  }
  return path;
}

const OptionRule* CommandRow::find_option(std::string_view name) const {
  const auto at = std::lower_bound(options.begin(), options.end(), name,
                                   [](const auto& option, auto n) { return option.first < n; });
  if (at == options.end()) return nullptr;
  if (at->first == name) return &at->second;
  const bool abbreviates = name.starts_with("--") && name.size() > 2 && at->first.starts_with(name);
  if (!abbreviates) return nullptr;
  const auto other = at + 1;
  if (other != options.end() && other->first.starts_with(name)) return nullptr;
  return &at->second;
}

void CommandRow::finish() {
  std::stable_sort(options.begin(), options.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Role*> roles;
  for (auto& [name, rule] : options) {
    for (Role& role : rule.roles) {
      roles.push_back(&role);
      has_defaults = has_defaults || !role.defaults.empty();
    }
  }
  for (Role& role : arguments) roles.push_back(&role);
  if (last) roles.push_back(&*last);
  if (rest) roles.push_back(&*rest);
  const bool only_makes_folders = std::all_of(roles.begin(), roles.end(), [](const Role* role) {
    return std::all_of(role->uses.begin(), role->uses.end(),
                       [](const Role::Use& use) { return makes_folder(use.mode); });
  });
  for (Role* role : roles) {
    for (Role::Use& use : role->uses) {
      use.in_passing = makes_folder(use.mode) && !only_makes_folders;
    }
  }
}

}  // namespace shoal
